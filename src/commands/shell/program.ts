import { BuildError } from '../../common/errors.js';
import type { Caller } from '../../host/exec/caller.js';
import type { Command } from '../../host/exec/exec.js';
import type { ImageTree } from '../../host/image/image-fs.js';

/** What decides which program `shell` runs. */
interface Wanted {
  /** The command after `--`; empty for a shell. */
  readonly command: readonly string[];
  readonly caller: Pick<Caller, 'isInteractive'>;
  /** The option `shell` of the build. */
  readonly shell: string | undefined;
  readonly tree: Pick<ImageTree, 'stat'>;
}

/**
 * The program that `shell` runs in the image: the command after `--`; on a terminal an interactive shell;
 * otherwise the shell of the scripts, which reads its commands from stdin.
 * @throws BuildError if the image has no shell
 */
export function programOf({ command: [first, ...rest], caller, shell, tree }: Wanted): Command {
  if (first !== undefined) return [first, ...rest];
  const has = (file: string): boolean => ((tree.stat(file)?.mode ?? 0) & 0o111) !== 0;
  const hasBash = has('/bin/bash') || has('/usr/bin/bash');
  if (caller.isInteractive && hasBash) return ['bash', '--noprofile', '--norc', '-i'];
  const [program, ...options] = caller.isInteractive ? [] : (shell?.split(/\s+/).filter(Boolean) ?? []);
  if (program !== undefined) return [program, ...options];
  if (hasBash) return ['bash', '-eo', 'pipefail'];
  if (!has('/bin/sh'))
    throw new BuildError('shell: the image has no shell (/bin/bash, /bin/sh)', {
      hint: 'Write a program of the image after --.',
    });
  return caller.isInteractive ? ['sh', '-i'] : ['sh', '-e'];
}
