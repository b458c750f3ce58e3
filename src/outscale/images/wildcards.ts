export const hasWildcard = (text: string): boolean => /[*?]/.test(text);

/** Whether a text is what a pattern says, in which `*` is any text and `?` any one character. */
export function fitsPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(text);
}
