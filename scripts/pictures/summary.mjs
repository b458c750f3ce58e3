/**
 * The summary of a job as a picture, as GitHub shows it: headings, paragraphs, tables, blocks of code, and folded parts
 * as their title.
 */
import { picture, proportional, textLine } from './svg.mjs';

const look = { family: proportional, background: '#ffffff', color: '#1f2328', border: '#d1d9e0' };
const [width, margin, row] = [760, 24, 26];

const plain = (text) =>
  text
    .replaceAll(/\\([\\`*_>|[\]~#@:$+-])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');

/** The pieces of a line of Markdown: bold text, code, links and the rest. */
const inline = (text) =>
  [...text.matchAll(/\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\([^)]+\)|((?:\\.|[^*`[\\])+|.)/g)].flatMap(
    ([, bold, code, link, rest]) => {
      if (bold !== undefined) return inline(bold).map((piece) => ({ ...piece, bold: true }));
      if (code !== undefined) return [{ text: code, code: true }];
      return link === undefined ? [{ text: plain(rest) }] : [{ text: link, fill: '#0969da' }];
    },
  );

/** Adds what a part of the summary shows to the content, from y on. @returns the next y */
function draw(part, y, content) {
  const write = (text, size = 15, x = margin) => content.push(textLine([x, y], inline(text), size));
  const folded = /^<details><summary>(.*?)<\/summary>/.exec(part);
  if (folded) {
    write(`▸ ${folded[1]}`);
    return y + row + 6;
  }
  if (part.startsWith('#')) {
    write(`**${part.replace(/^#+ /, '')}**`, 19);
    return y + row + 10;
  }
  if (part.startsWith('    ')) return drawCode(part.split('\n'), y, content);
  if (part.startsWith('|')) return drawTable(part.split('\n'), y, content);
  const small = /^<sub>(.*)<\/sub>$/.exec(part);
  for (const line of part.split('\n')) {
    write(small ? small[1] : line, small ? 12 : 15);
    y += row;
  }
  return y + 8;
}

function drawCode(lines, y, content) {
  const height = lines.length * 20 + 20;
  content.push(
    `<rect x="${margin}" y="${y - 18}" width="${width - 2 * margin}" height="${height}" rx="6" fill="#f6f8fa"/>`,
    ...lines.map((line, index) =>
      textLine([margin + 14, y + 6 + index * 20], [{ text: line.slice(4), code: true }], 14),
    ),
  );
  return y + height + 12;
}

function drawTable(lines, y, content) {
  const rows = lines
    .filter((line) => !/^\|[ :|-]+\|$/.test(line))
    .map((line) => line.slice(2, -2).split(/(?<!\\) \| /));
  const [first, height] = [190, 34];
  rows.forEach(([label = '', value = ''], index) => {
    const top = y - 20 + index * height;
    if (index % 2 === 1)
      content.push(
        `<rect x="${margin}" y="${top}" width="${width - 2 * margin}" height="${height}" fill="#f6f8fa"/>`,
      );
    content.push(
      `<rect x="${margin}" y="${top}" width="${width - 2 * margin}" height="${height}" fill="none" stroke="#d1d9e0"/>`,
      textLine([margin + 13, top + 22], inline(index === 0 ? `**${label}**` : label), 15),
      textLine([margin + first, top + 22], inline(value), 15),
    );
  });
  return y + rows.length * height + 14;
}

/** @param text the summary in Markdown */
export function summaryPicture(text) {
  const content = [];
  const whole = text.replaceAll(/^(<details><summary>.*?<\/summary>)[\s\S]*?<\/details>/gm, '$1');
  let y = margin + 22;
  for (const part of whole.trim().split(/\n\n+/)) y = draw(part, y, content);
  return picture({ width, height: Math.ceil(y - 8), title: 'Summary of a build', ...look }, content);
}
