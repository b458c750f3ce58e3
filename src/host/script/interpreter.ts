import { basename, posix } from 'node:path';
import type { ImageTree } from '../image/image-fs.js';
import { attempt } from '../proc/processes.js';

/** The programs that a `#!` line needs. Only the kernel and env(1) read it, so no quoting is interpreted. */
function programsIn(text: Buffer): string[] {
  const end = text.indexOf('\n');
  const line = text.subarray(2, end < 0 ? undefined : end).toString();
  const [interpreter, ...rest] = line.split(/[ \t]+/).filter(Boolean);
  if (interpreter === undefined || basename(interpreter) !== 'env') return interpreter ? [interpreter] : [];
  // env(1): options and variables come before the program.
  const program = rest.find((one) => !one.startsWith('-') && !one.includes('='));
  return program === undefined ? [interpreter] : [interpreter, program];
}

/** Whether a script has a `#!` line. */
export const hasInterpreterLine = (text: Buffer): boolean => text.subarray(0, 2).toString() === '#!';

/** The first bytes of a program in the format of elf(5). */
const elf = Buffer.from('\u007fELF', 'latin1');

/** Whether a script is a program, which the kernel executes without an interpreter. */
export const isProgram = (text: Buffer): boolean => text.subarray(0, elf.length).equals(elf);

/**
 * Whether a program can be executed in the image.
 * @param name a path, or a name that is looked up in the directories of `searchPath`, as execvp(3) does
 */
function isExecutable(tree: ImageTree, name: string, searchPath: string): boolean {
  const candidates = name.includes('/')
    ? [posix.resolve('/', name)]
    : searchPath.split(':').map((directory) => posix.resolve('/', directory, name));
  return candidates.some((path) => {
    // A chain of links that does not end is an error of the lookup.
    const stat = attempt(() => tree.stat(path));
    return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
  });
}

/** The first program that a script needs in its `#!` line, or else `shell`, and the image does not have. */
export function missingInterpreter(
  tree: ImageTree,
  { text, shell }: { readonly text: Buffer; readonly shell: string | undefined },
  searchPath: string,
): string | undefined {
  if (isProgram(text)) return undefined;
  const needed = hasInterpreterLine(text) ? programsIn(text) : (shell?.trim().split(/\s+/).slice(0, 1) ?? []);
  return needed.find((name) => !isExecutable(tree, name, searchPath));
}
