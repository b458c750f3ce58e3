import { BuildError } from '../../common/errors.js';

/** The ID in the response to a call that creates a resource. @throws BuildError if the response has none. */
export function required(id: string | undefined, call: string): string {
  if (id !== undefined) return id;
  throw new BuildError(`${call}: the response has no ID`);
}
