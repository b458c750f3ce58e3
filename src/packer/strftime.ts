import { goTime } from '../template/go-time.js';
import { TemplateError } from '../template/parse.js';

/** Go layouts of the conversions of strftime(3). */
const layouts: Readonly<Record<string, string>> = {
  A: 'Monday',
  a: 'Mon',
  B: 'January',
  b: 'Jan',
  h: 'Jan',
  c: 'Mon Jan _2 15:04:05 2006',
  D: '01/02/06',
  d: '02',
  e: '_2',
  F: '2006-01-02',
  H: '15',
  I: '03',
  j: '002',
  M: '04',
  m: '01',
  p: 'PM',
  R: '15:04',
  r: '03:04:05 PM',
  S: '05',
  T: '15:04:05',
  v: '_2-Jan-2006',
  X: '15:04:05',
  x: '01/02/06',
  Y: '2006',
  y: '06',
  Z: 'MST',
  z: '-0700',
};

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', '%': '%' };

/** Formats a time in UTC as strftime(3). @throws TemplateError for an unknown conversion */
export const strftime = (date: Date, format: string): string =>
  format.replaceAll(/%(.?)/gs, (whole, letter: string) => {
    if (Object.hasOwn(letters, letter)) return letters[letter] ?? '';
    const layout = Object.hasOwn(layouts, letter) ? layouts[letter] : undefined;
    if (layout === undefined) throw new TemplateError(`calls strftime with ${whole}, which is not supported`);
    return goTime(date, layout);
  });
