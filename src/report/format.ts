/** Aligns rows: each column except the last is as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (at: number): number => Math.max(0, ...rows.map((row) => (row[at] ?? '').length));
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widthOf(at)))).join('  '),
  );
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Formats milliseconds: `1.2 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(seconds % 60)} s`;
}
