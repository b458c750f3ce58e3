import { refuse } from '../kit/issues.js';
import { listFromText, mapFromText } from '../kit/lines.js';
import { readParts, type Type } from '../kit/type.js';
import { schemaOf } from './schema.js';
import { matching, text } from './text.js';

/** A list whose items have one type. Its text is YAML, JSON, or one item per line. */
export function list<T>(item: Type<T>, items: string): Type<readonly T[]> {
  return {
    name: `list of ${items}`,
    placeholder: items,
    schema: { anyOf: [{ type: 'array', items: schemaOf(item) }, { type: 'string' }] },
    async read(value, notice) {
      const parsed = typeof value === 'string' ? await listFromText(value) : value;
      if (!Array.isArray(parsed)) return refuse('is not a list', `write a list of ${items}`);
      return await readParts(
        parsed.map((one: unknown, index) => [`item ${index + 1}`, async () => await item.read(one, notice)]),
      );
    },
  };
}

/** A map of text to text. Its text is YAML, JSON, or one `key=value` per line. */
function map(key: Type<string>, entry: Type<string>): Type<Readonly<Record<string, string>>> {
  return {
    name: 'map',
    placeholder: 'key=value',
    schema: {
      anyOf: [
        { type: 'object', additionalProperties: schemaOf(entry) },
        { type: 'string', pattern: '=' },
      ],
    },
    async read(value) {
      const parsed = await mapOf(value);
      const entries = await readParts(
        [...parsed].map(([name, content]) => [
          keyName(name),
          async () => [await key.read(name), await entry.read(content)] as const,
        ]),
      );
      return Object.fromEntries(entries);
    },
  };
}

/** The value as a Map, parsed if it is text. @throws InvalidValueError */
export async function mapOf(value: unknown): Promise<ReadonlyMap<unknown, unknown>> {
  const parsed = typeof value === 'string' ? await mapFromText(value) : value;
  return parsed instanceof Map
    ? parsed
    : refuse('is not a map', 'write one key=value per line, YAML or JSON');
}

const keyName = (key: unknown): string => (typeof key === 'string' && key !== '' ? key : 'a key');

const key = matching(/^.{1,255}$/s, { kind: 'a valid tag key', example: '1 to 255 characters' });

/** Tags of a resource (lengths: `ResourceTag`). Values can be templates, so their length is checked later. */
export const tags = map(key, text);

const variable = matching(/^[A-Za-z_]\w*$/, {
  kind: 'a valid variable name',
  example: 'letters, digits and _, not beginning with a digit',
});

/** Environment variables and their values. */
export const variables = map(variable, text);

const anyName = matching(/\S/, { kind: 'a name', example: 'a name that is not empty' });

/** Values of variables of a Packer template. */
export const values = map(anyName, text);
