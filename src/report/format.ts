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

/**
 * Breaks a line at spaces.
 * @param indent the spaces before each further line
 * @param mark what ends a line that continues
 */
export function wrapped(text: string, width: number, indent = 0, mark = ''): string {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let isEmpty = true;
  for (const word of text.trimStart().split(/(?<= )/)) {
    if (!isEmpty && line.length + word.trimEnd().length + mark.length > width) {
      lines.push(`${line.trimEnd()}${mark}`);
      line = ' '.repeat(indent);
    }
    line += word;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()].join('\n');
}
