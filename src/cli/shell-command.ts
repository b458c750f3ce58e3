import type { Command } from 'commander';
import { optionFlags } from '../config/docs/flags.js';
import { addFlags, readerOf } from './flags.js';
import { run } from './run.js';

/** Adds the command that opens the chroot of a failed build. */
export function offerShell(program: Command): void {
  const shell = program
    .command('shell')
    .description('Open the chroot of a failed build that on-failure: keep has kept, as its scripts had it.')
    .argument('[command...]', 'Command to run in it instead of a shell, after --');
  addFlags(shell, () => optionFlags('shell'));
  shell.action(async (command: readonly string[]) => {
    const { runShell } = await import(/* webpackMode: "eager" */ '../commands/shell/shell.js');
    await run(
      'shell',
      readerOf(shell),
      async (invocation, report) => await runShell(invocation, command, report),
    );
  });
}
