/** The import rules of .dependency-cruiser.mjs as Markdown. */
import { beside, inner, layers } from '../.dependency-cruiser.mjs';
import { table } from './markdown.mjs';

const code = (units) => units.map((unit) => `\`${unit}\``).join(', ');

/** Each unit with all that it may import besides itself. */
function rowsOf(rows) {
  return rows.flatMap((row, level) => {
    const below = rows.slice(level + 1).flat();
    return row.map((unit) => [code([unit]), below.length === 0 ? 'top-level files' : code(below)]);
  });
}

/** The levels below one, by number. */
function belowOf(level) {
  const [first, last] = [level + 2, layers.length];
  if (first > last) return 'no other unit';
  return first === last ? `level ${last}` : `levels ${first} to ${last}`;
}

/** What the units of a row may import of the same row. */
const besideOf = (row) =>
  row.flatMap((unit) => (beside[unit] ? [`${code([unit])} also imports ${code(beside[unit])}`] : []));

/** The levels, one a line, and what each may import. */
export const layerTable = () =>
  table(
    ['Level', 'Units', 'May import'],
    layers.map((row, level) => [String(level + 1), code(row), [belowOf(level), ...besideOf(row)].join('; ')]),
  );

/** The same inside the large units. */
export const innerTable = () =>
  table(
    ['Unit', 'Folder or file', 'May import of the same unit'],
    Object.entries(inner).flatMap(([unit, rows]) =>
      rowsOf(rows).map(([name, others]) => [`\`${unit}\``, name, others]),
    ),
  );

/** The levels as a graph: a box for each, an arrow to the next. */
export function drawing() {
  const id = (unit) => unit.replaceAll(/\W/g, '_');
  const boxes = layers.flatMap((row, level) => [
    `  subgraph level${level + 1}["level ${level + 1}"]`,
    '    direction LR',
    ...row.map((unit) => `    ${id(unit)}["${unit}"]`),
    '  end',
  ]);
  const arrows = layers.slice(1).map((_, level) => `  level${level + 1} --> level${level + 2}`);
  const next = Object.entries(beside).flatMap(([unit, others]) =>
    others.map((other) => `  ${id(unit)} -.-> ${id(other)}`),
  );
  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows, ...next, '```'].join('\n');
}
