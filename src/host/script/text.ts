/** The bytes of a script, ready to run; or why no interpreter can run it, and what to do about it. */
export type ScriptText =
  | { readonly text: Buffer; readonly converted: boolean }
  | { readonly problem: string; readonly fix: string };

const fix = 'save it as UTF-8 text without a byte order mark';

/** Byte order byteOrderMarks (Unicode standard, section 23.8) by what they mean. */
const byteOrderMarks = [
  ['starts with a UTF-8 byte order mark', [0xef, 0xbb, 0xbf]],
  ['is encoded in UTF-16', [0xff, 0xfe]],
  ['is encoded in UTF-16', [0xfe, 0xff]],
] as const;

/**
 * Converts Windows line ends to those of Unix: the kernel takes a carriage return as part of the name of the
 * interpreter, and a shell as part of the last word of a line. Other bytes stay, in whatever encoding.
 */
export function scriptText(bytes: Buffer): ScriptText {
  const mark = byteOrderMarks.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  if (mark !== undefined) return { problem: `${mark[0]} (line 1)`, fix };
  const zero = bytes.indexOf(0);
  // In UTF-16 without a mark, one of the first two bytes of an ASCII character is 0.
  if (zero === 0 || zero === 1) return { problem: 'is encoded in UTF-16 (line 1)', fix };
  const text = bytes.toString('latin1');
  if (zero > 1) {
    const line = text.slice(0, zero).split('\n').length;
    return {
      problem: `contains a NUL byte in line ${line}`,
      fix: 'write text; copy a program with files and start it from a script',
    };
  }
  const unix = text.replace(/\r+(?=\n|$)/g, '');
  const converted = unix !== text;
  return { text: converted ? Buffer.from(unix, 'latin1') : bytes, converted };
}
