import { refuse } from '../kit/issues.js';
import { type Group, readGroup, type Values } from '../kit/option.js';
import { nearest } from '../kit/suggest.js';
import type { Type } from '../kit/type.js';
import { mapOf } from './collections.js';
import { propertiesOf } from './schema.js';

/** A map with a fixed set of fields, each read like an option. */
export interface RecordType<G extends Group> extends Type<Values<G>> {
  readonly schema: object;
  readonly fields: G;
}

/**
 * A type for a map with these fields.
 * @param legacy legacy names of fields, which are accepted with a notice
 */
export function record<G extends Group>(
  name: string,
  fields: G,
  legacy: Readonly<Record<string, keyof G & string>> = {},
): RecordType<G> {
  const names = Object.keys(fields);
  return {
    name,
    placeholder: name,
    fields,
    schema: {
      type: 'object',
      properties: {
        ...propertiesOf(fields),
        ...Object.fromEntries(Object.keys(legacy).map((one) => [one, { deprecated: true }])),
      },
      required: names.filter((one) => fields[one]?.required !== undefined),
      additionalProperties: false,
    },
    async read(value, notice) {
      const given = new Map<string, unknown>();
      for (const [key, one] of await mapOf(value)) {
        const written = String(key);
        const field = Object.hasOwn(legacy, written) ? (legacy[written] ?? written) : written;
        if (!names.includes(field)) refuse(`has the unknown field ${field}`, hintFor(field, names));
        if (given.has(field)) refuse(`has the field ${field} twice`, `write ${field} once`);
        if (field !== written) notice?.(`${written} is a legacy name: use ${field}`);
        given.set(field, one);
      }
      return await readGroup(fields, (field) => given.get(field), notice);
    },
  };
}

function hintFor(field: string, names: readonly string[]): string {
  const meant = nearest(field, names);
  return meant === undefined ? `the fields are: ${names.join(', ')}` : `did you mean ${meant}?`;
}
