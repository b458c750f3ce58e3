import { builderTypes, ignoredNames, legacyNames } from '../kit/legacy-names.js';
import { hasOwnValues } from '../kit/legacy-values.js';
import { allOptions } from '../options/table.js';
import { propertiesOf } from '../types/schema.js';

/** The JSON Schema of an options file, for editors. */
export function jsonSchema(): string {
  const { config: _config, build_id: _id, ...properties } = propertiesOf(allOptions);
  const legacy = Object.entries(legacyNames).flatMap(([name, current]) =>
    properties[current] === undefined
      ? []
      : [
          [
            name,
            {
              ...(hasOwnValues(name) ? {} : properties[current]),
              description: `Legacy name of ${current}.`,
              deprecated: true,
            },
          ] as const,
        ],
  );
  const ignored = Object.entries(ignoredNames).map(
    ([name, why]) => [name, { description: `Ignored: ${why}.`, deprecated: true }] as const,
  );
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Options of build-omi',
    type: 'object',
    properties: {
      type: { description: 'Builder type of a Packer template. Ignored.', enum: builderTypes },
      ...properties,
      ...Object.fromEntries([...legacy, ...ignored]),
    },
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
