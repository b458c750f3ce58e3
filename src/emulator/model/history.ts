import type { World } from './world.js';

/** Retained milliseconds, the longest lag of a list. */
const span = 30_000;

/** Past states of the world, for lists that lag. */
export class History {
  readonly #past: { readonly at: number; readonly text: string }[] = [];

  constructor(private readonly world: World) {
    this.note();
  }

  /** Records the current world; called after every change. */
  note(): void {
    const now = Date.now();
    this.#past.push({ at: now, text: JSON.stringify(this.world) });
    while ((this.#past[1]?.at ?? now) < now - span) this.#past.shift();
  }

  /** The world at a time, or the oldest recorded one. */
  at(time: number): World {
    const found = this.#past.findLast(({ at }) => at <= time) ?? this.#past[0];
    const world: World = JSON.parse(found?.text ?? JSON.stringify(this.world));
    return world;
  }
}
