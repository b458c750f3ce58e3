import type { Command } from 'commander';
import type { EmulatorFlags } from '../demo/emulator.js';
import { run } from './run.js';

/** Adds the demo: a build on an emulator of its own. */
export function offerDemo(program: Command): void {
  program
    .command('demo')
    .description('Run a complete build on this machine, without an account.')
    .option('--debian', 'Build a Debian with nginx and another kernel, and boot it, instead of a small Linux')
    .option('--disk <path>', 'The same, from the raw disk image of a Debian instead of a new one')
    .action(async ({ debian, disk }: { readonly debian?: true; readonly disk?: string }) => {
      const { runDemo } = await import(/* webpackMode: "eager" */ '../demo/demo.js');
      const { runDebianDemo } = await import(/* webpackMode: "eager" */ '../demo/debian.js');
      await run(
        'build',
        () => undefined,
        async (invocation, report) =>
          debian || disk !== undefined
            ? await runDebianDemo(invocation, report, disk)
            : await runDemo(invocation.privileged, report),
      );
    });
}

/** Adds the emulator. */
export function offerEmulator(program: Command): void {
  program
    .command('emulator')
    .description('Serve a local Outscale API whose volumes are loop devices of this machine.')
    .option('--demo', 'Start with a source OMI in a temporary directory, and print the variables for the CLI')
    .option('--outputs <path>', 'With --demo: file for these variables: `. FILE`')
    .option('--directory <path>', 'Directory for the state and the disks, kept across restarts')
    .option('--port <number>', 'Port on 127.0.0.1; 0 for any free port', '0')
    .option('--latency <ms>', 'Duration of each intermediate state', '10')
    .option('--snapshot-time <ms>', 'Duration of a snapshot')
    .option('--delete-time <time>', 'How long a deleted volume or snapshot stays in the state deleting')
    .option('--transfer-time <time>', 'Duration of an export to a bucket, and of an import from one')
    .option('--buckets <names...>', 'Buckets of the object storage')
    .option('--other-regions <names...>', 'More regions, each with its own API and object storage')
    .option('--rate <number>', 'Calls per second of an account before it is throttled')
    .option('--naming <scheme>', 'Name of an attached disk: api or by-id', 'api')
    .option('--minimal-responses', 'Omit every response field that the API description does not require')
    .option('--faults <path>', 'JSON list of faults to inject')
    .option('--neighbour <id>', 'ID of another VM of the account')
    .option('--record <path>', 'File for a JSON line per request')
    .action(async (flags: EmulatorFlags) => {
      const { runEmulator } = await import(/* webpackMode: "eager" */ '../demo/emulator.js');
      await run(
        'build',
        () => undefined,
        async ({ privileged }) => await runEmulator(flags, privileged),
      );
    });
}
