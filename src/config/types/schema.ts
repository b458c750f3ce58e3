import { description } from '../kit/describe.js';
import type { Group } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { anyScalar } from './text.js';

/** What an editor takes as a value of a type, JSON Schema. */
export const schemaOf = ({ schema }: Pick<Type<unknown>, 'schema'>): object => schema ?? anyScalar;

/** The options of a group as properties, with their texts. */
export const propertiesOf = (options: Group): Record<string, object> =>
  Object.fromEntries(
    Object.entries(options).map(([name, one]) => [
      name,
      { description: description(one), ...schemaOf(one.type) },
    ]),
  );
