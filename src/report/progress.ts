/** Shows long waits: the first line after 10 s, then one about every 10 s. */
export class Progress {
  /** By what is waited for: how many times ten seconds had passed at its last line. */
  readonly #shown = new Map<string, number>();

  /** The line to show for a look after `seconds` of waiting, if it is time for one. */
  line(what: string, state: string, percent: number | undefined, seconds: number): string | undefined {
    const tens = Math.floor(seconds / 10);
    const before = this.#shown.get(what) ?? 0;
    this.#shown.set(what, tens);
    if (tens === 0 || tens === before) return undefined;
    return [
      `${what}: ${state}`,
      ...(percent === undefined ? [] : [`${percent} %`]),
      `${Math.floor(seconds)} s`,
    ].join(', ');
  }
}
