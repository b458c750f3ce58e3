import { BuildError } from '../common/errors.js';
import type { ImageTree } from '../host/image/image-fs.js';
import { hasInterpreterLine, isProgram } from '../host/script/interpreter.js';
import { render } from '../template/render.js';

/** The image in which a script runs. */
interface Image {
  readonly tree: ImageTree;
  /** A directory in the image for temporary files. */
  readonly scratch: string;
}

/** What decides how a script is started. */
interface Startable {
  readonly name: string;
  readonly text: Buffer;
  readonly shell: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly executeCommand: string | undefined;
}

/** How a script is started. */
interface CommandLine {
  readonly argv: readonly [string, ...string[]];
  /** Set if the image does not have the usual shell. */
  readonly substitute?: string;
}

/**
 * In this order: the command of a Packer template, the #! line of the script (a program needs none), the
 * option `shell`, bash as for `run:` in a workflow, sh.
 * @throws BuildError if the image has no shell, or the command of a template is invalid
 */
export async function commandLine(
  image: Image,
  { name, text, shell, env, executeCommand: command }: Startable,
  path: string,
  startedAt: Date,
): Promise<CommandLine> {
  if (command !== undefined) return { argv: await executeCommand(image, path, { command, env }, startedAt) };
  if (hasInterpreterLine(text) || isProgram(text)) return { argv: [path] };
  const [program, ...options] = shell?.split(/\s+/).filter(Boolean) ?? [];
  if (program !== undefined) return { argv: [program, ...options, path] };
  const has = (file: string): boolean => ((image.tree.stat(file)?.mode ?? 0) & 0o111) !== 0;
  if (has('/bin/bash') || has('/usr/bin/bash')) return { argv: ['bash', '-eo', 'pipefail', path] };
  if (has('/bin/sh'))
    return { argv: ['sh', '-e', path], substitute: 'It ran with sh -e, because the image has no bash.' };
  throw new BuildError(`${name}: the image has no shell (/bin/bash, /bin/sh)`);
}

/** A text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;

/**
 * The argument list that runs a script by the `execute_command` of a Packer template, which is a template of
 * `.Path`, `.Vars` and `.EnvVarFile`. The command is in a file, because every user of the VM can read an
 * argument list.
 */
async function executeCommand(
  { tree, scratch }: Image,
  path: string,
  { command, env }: { readonly command: string; readonly env: Readonly<Record<string, string>> },
  startedAt: Date,
): Promise<[string, ...string[]]> {
  const [commandPath, variablesPath] = [`${scratch}/build-omi-command`, `${scratch}/build-omi-variables`];
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  const data = { Path: path, Vars: assignments.map((one) => `${one} `).join(''), EnvVarFile: variablesPath };
  replace(tree, variablesPath, assignments.map((one) => `export ${one}\n`).join(''));
  replace(tree, commandPath, `${await render('execute_command', command, data, startedAt)}\n`);
  return ['/bin/sh', commandPath];
}

/** Creates a file in place of one of an earlier script. */
export function replace(tree: ImageTree, path: string, content: string | Buffer): void {
  if (tree.lstat(path)) tree.remove(path);
  tree.create(path, content, { uid: 0, gid: 0, mode: 0o700 });
}
