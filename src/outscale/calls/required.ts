import { BuildError } from '../../common/errors.js';
import type { Operation } from '../api.js';

/**
 * The ID in the response to a creation. The client rejects a response without it, but the schema promises no field.
 * @param kind the kind of resource, for the message
 * @throws BuildError if the ID is missing.
 */
export function required(id: string | undefined, operation: Operation, kind: string): string {
  if (id === undefined)
    throw new BuildError(`${operation} answered without a${kind === 'OMI' ? 'n' : ''} ${kind} ID`);
  return id;
}
