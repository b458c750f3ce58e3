import type { Claim } from '../../ledger/claims.js';
import type { Resource } from '../../runtime/resource.js';

/** Resources that are released together, the last one first: for a number of them that no block can name. */
export class ResourceStack implements AsyncDisposable {
  readonly #resources: Resource<unknown>[] = [];

  /** The claims of the resources. */
  get claims(): readonly Claim[] {
    return this.#resources.map(({ claim }) => claim);
  }

  add<R extends Resource<unknown> | undefined>(resource: R): R {
    if (resource !== undefined) this.#resources.push(resource);
    return resource;
  }

  /** Continues after a failure. @throws the first one */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const resource of this.#resources.splice(0).toReversed())
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        errors.push(error);
      }
    if (errors.length > 0) throw errors[0];
  }
}
