import { fail } from '../problem.js';

const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;

/** The rows of CSV (RFC 4180). @throws HclError if it is invalid */
export function csvRows(text: string): readonly string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  field.lastIndex = 0;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) return fail('has invalid CSV', 'quote the fields that have quotes or commas');
    const [, quoted, plain = '', end] = match;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') {
      if (field.lastIndex < text.length) continue;
      row.push('');
    }
    rows.push(row);
    row = [];
  }
  const width = rows[0]?.length;
  if (rows.some(({ length }) => length !== width))
    return fail('has rows of different lengths', 'correct the text');
  return rows;
}
