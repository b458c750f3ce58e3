#!/usr/bin/env node
import { Command } from 'commander';
import { optionFlags } from './config/flags.js';
import type { EmulatorFlags } from './emulator/serve.js';
import type { Report } from './report/report.js';
import { enter, openReport, type WayIn } from './way-in.js';

/** Runs a command with a report of its own. */
const run = async (
  read: WayIn['read'],
  work: (way: WayIn, report: Report) => Promise<number>,
): Promise<never> =>
  await enter(read, async (inside) => {
    const way = { read, inside, environment: process.env };
    return await work(way, await openReport(way));
  });

const program = new Command('build-omi').description(
  'Build Outscale Machine Images by the chroot method, on the VM itself.',
);

const build = program.command('build').description('Build an OMI.');
for (const { name, placeholder, description } of optionFlags())
  build.option(`--${name} <${placeholder}>`, description);
build.action(async () => {
  const { runBuild } = await import(/* webpackMode: "eager" */ './run-build.js');
  const given = new Map(
    build.options.map((option) => [option.long?.slice(2), build.getOptionValue(option.attributeName())]),
  );
  await run((name) => text(given.get(name)), runBuild);
});

program
  .command('demo')
  .description('Run a complete build on this machine, with no account.')
  .action(async () => {
    const { runDemo } = await import(/* webpackMode: "eager" */ './demo/demo.js');
    await run(
      () => undefined,
      async ({ inside }, report) => await runDemo(inside, report),
    );
  });

program
  .command('emulator')
  .description('Serve a local Outscale API whose volumes are loop devices of this machine.')
  .requiredOption('--directory <path>', 'holds state and disks, and survives a restart')
  .option('--port <number>', 'port on 127.0.0.1; 0 takes any that is free', '0')
  .option('--latency <ms>', 'how long each intermediate state lasts', '10')
  .option('--snapshot-time <ms>', 'how long a snapshot takes')
  .option('--naming <way>', 'how an attached disk is called: api or by-id', 'api')
  .option('--bare', 'leave out every field of an answer that the description does not require')
  .option('--faults <path>', 'JSON list of faults to play')
  .option('--record <path>', 'file to write a JSON line a request to')
  .action(async (flags: EmulatorFlags) => {
    const { serveEmulator } = await import(/* webpackMode: "eager" */ './emulator/serve.js');
    await run(
      () => undefined,
      async ({ inside }) =>
        await serveEmulator(flags, new Promise((resolve) => inside.onCancel(() => resolve()))),
    );
  });

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

await program.parseAsync();
