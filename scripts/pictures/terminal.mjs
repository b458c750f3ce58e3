/** The output of a program in a terminal, with its colours, as a picture. */
import { columns, fixed, picture, textLine } from './svg.mjs';

/** Foreground colours by their number in the sequences of ECMA-48, on a dark background. */
const colours = {
  30: '#6e7681',
  31: '#ff7b72',
  32: '#3fb950',
  33: '#d29922',
  34: '#58a6ff',
  35: '#bc8cff',
  36: '#39c5cf',
  37: '#e6edf3',
  90: '#8b949e',
};

/** A sequence that selects colour and weight, with its numbers. */
const sequence = new RegExp(`(${String.fromCodePoint(27)}\\[[\\d;]*m)`);

/** The pieces of a line, and the style that the next line begins with. */
function piecesOf(line, before) {
  const style = { ...before };
  const pieces = [];
  for (const part of line.split(sequence)) {
    const codes = sequence.test(part) ? part.slice(2, -1) : undefined;
    if (codes === undefined) {
      if (part !== '') pieces.push({ text: part, ...style });
      continue;
    }
    for (const code of codes.split(';').map(Number)) {
      if (code === 0) for (const name of Object.keys(style)) delete style[name];
      else if (code === 1) style.bold = true;
      else if (code === 2) style.dim = true;
      else if (code === 22) [style.bold, style.dim] = [false, false];
      else if (code === 39) delete style.fill;
      else if (colours[code] !== undefined) style.fill = colours[code];
    }
  }
  return { pieces, style };
}

const [cell, row, margin] = [8.43, 20, 20];

/** @param command the command that printed the text */
export function terminalPicture(command, text) {
  const lines = [
    [
      { text: '$ ', fill: colours[90] },
      { text: command, bold: true },
    ],
    [],
  ];
  let style = {};
  for (const line of text.trimEnd().split('\n')) {
    const next = piecesOf(line, style);
    lines.push(next.pieces);
    style = next.style;
  }
  const widest = Math.max(...lines.map((pieces) => columns(pieces.map((piece) => piece.text).join(''))));
  const look = {
    title: `Output of ${command}`,
    family: fixed,
    background: '#0d1117',
    color: '#e6edf3',
    border: '#30363d',
  };
  const size = { width: Math.ceil(widest * cell) + 2 * margin, height: lines.length * row + 2 * margin };
  const content = lines.flatMap((pieces, index) =>
    pieces.length === 0 ? [] : [textLine([margin, margin + 14 + index * row], pieces)],
  );
  return picture({ ...size, ...look }, content);
}
