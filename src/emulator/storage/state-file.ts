import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { World } from '../model/world.js';

/**
 * The world on disk: one JSON file, replaced atomically, so that a kill leaves the old or the new version.
 */
export class StateFile {
  readonly world: World;
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  /** @param fresh creates the world if the file does not exist */
  constructor(path: string, fresh: () => World) {
    this.#path = path;
    this.world = read(path) ?? fresh();
  }

  /** Resolves when all changes made so far are on disk; concurrent callers share one write. */
  save(): Promise<void> {
    this.#waiting ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#waiting;
  }

  async #write(): Promise<void> {
    await writeFile(`${this.#path}.new`, JSON.stringify(this.world), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}

function read(path: string): World | undefined {
  if (!existsSync(path)) return undefined;
  // Earlier versions had no object storage.
  const world: World = { buckets: {}, exports: {}, ...JSON.parse(readFileSync(path, 'utf8')) };
  return world;
}
