import { type Command, Option } from 'commander';
import { optionFlags } from '../config/docs/flags.js';
import { addFlags, readerOf } from './flags.js';
import { run } from './run.js';

/** Adds the command that removes older OMIs of a family. */
export function offerPrune(program: Command): void {
  const prune = program
    .command('prune')
    .description(
      'List the older OMIs of a family that retain-last and retain-for do not keep, or remove them.',
    )
    .addOption(new Option('--yes', 'Remove the listed OMIs and their snapshots.').helpGroup('Prune'));
  addFlags(prune, () => optionFlags('prune'));
  prune.action(async () => {
    const { runPrune } = await import(/* webpackMode: "eager" */ '../commands/images/prune.js');
    await run('prune', readerOf(prune), runPrune);
  });
}
