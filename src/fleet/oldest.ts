/** An entry of a cache. */
interface Entry {
  readonly bytes: number;
  /** When it was last used, in milliseconds. */
  readonly age: number;
}

export const totalBytes = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { bytes }) => sum + bytes, 0);

/** The oldest entries, so many that the others take at most these bytes. */
export function oldestBeyond<T extends Entry>(entries: readonly T[], limit: number): T[] {
  let left = totalBytes(entries);
  const going: T[] = [];
  for (const entry of entries.toSorted((one, other) => one.age - other.age)) {
    if (left <= limit) break;
    going.push(entry);
    left -= entry.bytes;
  }
  return going;
}
