/** Rows as lines: every column but the last as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (at: number): number => Math.max(0, ...rows.map((row) => (row[at] ?? '').length));
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widthOf(at)))).join('  '),
  );
}
