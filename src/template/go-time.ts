const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const two = (number: number): string => String(number).padStart(2, '0');

/** The elements of a Go time layout (package time, "Constants"), in UTC; longer elements come first. */
const pieces: readonly (readonly [piece: string, (date: Date) => string])[] = [
  ['January', (date) => months[date.getUTCMonth()] ?? ''],
  ['Jan', (date) => (months[date.getUTCMonth()] ?? '').slice(0, 3)],
  ['Monday', (date) => days[date.getUTCDay()] ?? ''],
  ['Mon', (date) => (days[date.getUTCDay()] ?? '').slice(0, 3)],
  ['MST', () => 'UTC'],
  ['2006', (date) => String(date.getUTCFullYear())],
  ['002', (date) => String(dayOfYear(date)).padStart(3, '0')],
  ['01', (date) => two(date.getUTCMonth() + 1)],
  ['02', (date) => two(date.getUTCDate())],
  ['03', (date) => two(date.getUTCHours() % 12 || 12)],
  ['04', (date) => two(date.getUTCMinutes())],
  ['05', (date) => two(date.getUTCSeconds())],
  ['06', (date) => two(date.getUTCFullYear() % 100)],
  ['15', (date) => two(date.getUTCHours())],
  ['PM', (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['pm', (date) => (date.getUTCHours() < 12 ? 'am' : 'pm')],
  ['-07:00', () => '+00:00'],
  ['-0700', () => '+0000'],
  ['-07', () => '+00'],
  ['Z07:00', () => 'Z'],
  ['Z0700', () => 'Z'],
  ['_2006', (date) => `_${date.getUTCFullYear()}`],
  ['_2', (date) => String(date.getUTCDate()).padStart(2, ' ')],
  ['1', (date) => String(date.getUTCMonth() + 1)],
  ['2', (date) => String(date.getUTCDate())],
  ['3', (date) => String(date.getUTCHours() % 12 || 12)],
  ['4', (date) => String(date.getUTCMinutes())],
  ['5', (date) => String(date.getUTCSeconds())],
];

const byPiece = new Map(pieces);
const anyPiece = new RegExp(`[.,](?:0+|9+)(?!\\d)|${pieces.map(([piece]) => piece).join('|')}`, 'g');

function dayOfYear(date: Date): number {
  const before = Date.UTC(date.getUTCFullYear(), 0, 0);
  return Math.floor((date.getTime() - before) / 86_400_000);
}

/** Fractions of a second: `.000` keeps trailing zeros, `.999` removes them. */
function fraction(piece: string, date: Date): string {
  const digits = String(date.getUTCMilliseconds())
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, piece.length - 1);
  const shown = piece.includes('9') ? digits.replace(/0+$/, '') : digits;
  return shown === '' ? '' : `${piece[0]}${shown}`;
}

/** Formats a time in UTC by a Go time layout: `2006-01-02 15:04:05`. */
export const goTime = (date: Date, layout: string): string =>
  layout.replaceAll(anyPiece, (piece) => byPiece.get(piece)?.(date) ?? fraction(piece, date));
