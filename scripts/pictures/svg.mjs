/** Text as SVG: lines of pieces with a colour and a weight, in a box. The text of the picture can be selected. */

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Columns that a text takes in a font of fixed width. */
export const columns = (text) =>
  [...text].reduce((sum, one) => sum + (/\p{Emoji_Presentation}/u.test(one) ? 2 : 1), 0);

/** One line of text. @param at x and y of its baseline @param pieces `{ text, fill, bold, dim, link, code }` */
export function textLine([x, y], pieces, size = 14) {
  const spans = pieces
    .map(({ text, fill, bold, dim, code }) => {
      const attributes = [
        fill && `fill="${fill}"`,
        bold && 'font-weight="600"',
        dim && 'fill-opacity="0.6"',
        code && `font-family="${fixed}" font-size="${size - 2}"`,
      ].filter(Boolean);
      return `<tspan${attributes.map((one) => ` ${one}`).join('')}>${escaped(text)}</tspan>`;
    })
    .join('');
  return `<text x="${x}" y="${y}" font-size="${size}" xml:space="preserve">${spans}</text>`;
}

export const fixed = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';
export const proportional = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif';

/** The whole picture. @param title for readers who do not see it */
export function picture({ width, height, title, family, background, color, border }, content) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="${family}" fill="${color}">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${background}" stroke="${border}"/>`,
    ...content,
    '</svg>',
    '',
  ].join('\n');
}
