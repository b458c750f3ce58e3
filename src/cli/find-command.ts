import type { Command } from 'commander';
import { findUnprivileged } from '../commands/unprivileged.js';
import { optionFlags } from '../config/docs/flags.js';
import { addFlags, addOutputFlags, readerOf } from './flags.js';

/** Adds the command that finds an OMI. */
export function offerFind(program: Command): void {
  const find = program
    .command('find')
    .description(
      'Find an OMI by a filter, or the newest of a family. Only reads, and needs no root; with a region, no Outscale VM.',
    );
  addFlags(find, () => optionFlags('find'));
  addOutputFlags(find, true);
  find.action(async () => {
    const read = readerOf(find);
    return await findUnprivileged({ read, outputs: read('outputs'), json: read('json') === 'true' });
  });
}
