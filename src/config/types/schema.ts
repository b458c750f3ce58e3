import { description } from '../kit/describe.js';
import type { Group } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { anyScalar } from './text.js';

/** The JSON Schema of the values of a type. */
export const schemaOf = ({ schema }: Pick<Type<unknown>, 'schema'>): object => schema ?? anyScalar;

/** The options of a group as JSON Schema properties with their descriptions. */
export const propertiesOf = (options: Group): Record<string, object> =>
  Object.fromEntries(
    Object.entries(options).map(([name, one]) => [
      name,
      { description: description(one), ...schemaOf(one.type) },
    ]),
  );
