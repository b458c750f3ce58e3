/** Exit codes of a shell: the command cannot be executed, or is not found (POSIX, XCU 2.8.2). */
const [notExecutable, notFound] = [126, 127];

/** A message of a shell about a command, with the line of the script: those of bash, dash and busybox. */
const shellMessage = /^(?:.*: )?(?:line )?(\d+): (.+)$/;

/** What the rest of such a message means, and what to do. `$1` is the command. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /^(.+?): (?:.+: bad interpreter|cannot execute: required file not found)/,
    'the image does not have the interpreter of $1',
  ],
  [/^(\S*\/\S*): (?:not found|No such file or directory)/, 'the image does not have $1, or its interpreter'],
  [
    /^(.+?): (?:command )?not found/,
    'the image has no program $1 in PATH. Install it, or write its full path',
  ],
  [/^(.+?): Permission denied/, '$1 is not executable. Set its mode, for example with chmod +x'],
  [/^(.+?): Is a directory/, '$1 is a directory'],
  [
    /^(.+?): (?:cannot execute binary file|Exec format error)/,
    '$1 is not a program for the architecture of this VM',
  ],
];

function messageIn(line: string, name: string): { readonly number?: string; readonly rest?: string } {
  const [, number, rest] = (line.startsWith(`${name}: `) && shellMessage.exec(line)) || [];
  return number === undefined || rest === undefined ? {} : { number, rest };
}

/**
 * The line of a script that the last message of its shell names.
 * @param output lines of its output
 * @param name its name in these lines
 */
export function lineOfMessage(output: readonly string[], name: string): number | undefined {
  for (const line of output.toReversed()) {
    const { number } = messageIn(line, name);
    if (number !== undefined) return Number(number);
  }
  return undefined;
}

/**
 * What to do about a script that exited with 126 or 127; undefined for other codes.
 * @param last its last lines of output
 * @param name its name in these lines
 */
export function hintOfExitCode(
  code: number | null,
  last: readonly string[],
  name: string,
): string | undefined {
  if (code !== notExecutable && code !== notFound) return undefined;
  for (const line of last.toReversed()) {
    const { number, rest = '' } = messageIn(line, name);
    for (const [pattern, meaning] of reasons) {
      const command = pattern.exec(rest)?.[1];
      if (command !== undefined) return `Line ${number} of ${name}: ${meaning.replace('$1', () => command)}.`;
    }
  }
  // The message of the launcher when the kernel refuses to start the script itself.
  if (last.at(-1)?.startsWith(`${name}: `) === true)
    return 'Check that the interpreter of the script and its libraries are for the architecture of this VM.';
  return code === notFound
    ? 'Exit code 127 means that a command was not found: check the last command that the script ran.'
    : 'Exit code 126 means that a command could not be executed: check the last command that the script ran.';
}
