import type { World } from './world.js';

/** Milliseconds that are remembered: no list lags longer. */
const span = 30_000;

/** What the world was like, for lists that lag. */
export class History {
  readonly #past: { readonly at: number; readonly text: string }[] = [];

  constructor(private readonly world: World) {
    this.note();
  }

  /** Remembers the world as it is; called after every change. */
  note(): void {
    const now = Date.now();
    this.#past.push({ at: now, text: JSON.stringify(this.world) });
    while ((this.#past[1]?.at ?? now) < now - span) this.#past.shift();
  }

  /** The world as it was at a time, or the oldest that is remembered. */
  at(time: number): World {
    const found = this.#past.findLast(({ at }) => at <= time) ?? this.#past[0];
    const world: World = JSON.parse(found?.text ?? JSON.stringify(this.world));
    return world;
  }
}
