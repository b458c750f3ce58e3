import { refuse } from '../mistake.js';
import { type Group, readGroup, type Values } from '../option.js';
import { nearest } from '../suggest.js';
import { mapOf } from './collections.js';
import type { Type } from './type.js';

/** A map with known fields, each read as an option is. */
export function record<G extends Group>(name: string, fields: G): Type<Values<G>> {
  const names = Object.keys(fields);
  return {
    name,
    placeholder: name,
    async read(value) {
      const given = await mapOf(value);
      for (const key of given.keys()) {
        const field = String(key);
        if (!names.includes(field)) refuse(`has no field ${field}`, advice(field, names));
      }
      return await readGroup(fields, (field) => given.get(field));
    },
  };
}

function advice(field: string, names: readonly string[]): string {
  const meant = nearest(field, names);
  return meant === undefined ? `it can have ${names.join(', ')}` : `did you mean ${meant}?`;
}
