import { Command } from 'commander';
import { invalidInput } from './commands/exit-code.js';
import { enter, exit, type Invocation, openReport, receiveArguments } from './commands/invocation.js';
import { isValidation, validate } from './commands/unprivileged.js';
import { optionFlags } from './config/docs/flags.js';
import type { CommandName } from './config/kit/option.js';
import { sweepFlags } from './config/sweep.js';
import type { EmulatorFlags } from './demo/emulator.js';
import type { Report } from './report/report.js';

type Run = (invocation: Invocation, report: Report) => Promise<number>;

/** Runs a command with its own report. @param command its options can be set */
const run = async (command: CommandName, read: Invocation['read'], work: Run): Promise<never> =>
  await enter(read, async (privileged) => {
    const invocation: Invocation = {
      command,
      read,
      privileged,
      environment: process.env,
      outputs: read('outputs'),
      manifest: read('manifest'),
    };
    return await work(invocation, await openReport(invocation));
  });

/**
 * The command line: reads `process.argv`, runs the command that it names and ends the process with its exit
 * code.
 */
export async function cli(): Promise<void> {
  const program = new Command('build-omi').description(
    'Build Outscale Machine Images by the chroot method, on the VM itself.',
  );
  // Set before the commands are added, which inherit it. An unknown flag is invalid input.
  program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : invalidInput));
  offerBuilds(program);
  offerChecks(program);
  offerConvert(program);
  offerShell(program);
  offerSweep(program);
  offerDemo(program);
  offerEmulator(program);
  await receiveArguments();
  await program.parseAsync();
}

function offerBuilds(program: Command): void {
  offer(
    program,
    'build',
    'Build an OMI.',
    async () => (await import(/* webpackMode: "eager" */ './commands/build.js')).runBuild,
  );
  offer(
    program,
    'mount',
    'Start a build, open its chroot and print the path.',
    async () => (await import(/* webpackMode: "eager" */ './commands/mount.js')).runMount,
  );
  offer(
    program,
    'commit',
    'Close the chroot that mount opened, and create the OMI.',
    async () => (await import(/* webpackMode: "eager" */ './commands/commit.js')).runCommit,
  );
  offer(
    program,
    'abort',
    'Abort a build that mount started, and remove its resources.',
    async () => (await import(/* webpackMode: "eager" */ './commands/abort.js')).runAbort,
  );
}

/** Adds the commands that check the options of a build. */
function offerChecks(program: Command): void {
  const add = (name: string, description: string): Command => {
    const command = program.command(name).description(description);
    for (const { name: flag, placeholder, description: text } of optionFlags('build'))
      command.option(`--${flag} <${placeholder}>`, text);
    return command;
  };
  const checked = add(
    'validate',
    'Check the options of a build, its templates, scripts and files. Needs no keys, VM or root.',
  );
  checked.action(async () => await validate(readerOf(checked)));
  const planned = add('plan', 'Make all checks of a build and show what it would do. Changes nothing.');
  planned.action(async () => {
    const { runPlan } = await import(/* webpackMode: "eager" */ './commands/plan.js');
    await run('build', readerOf(planned), runPlan);
  });
}

/** The options that concern a Packer template. */
const templateOptions = ['builder', 'variables', 'variable-files'];

function offerConvert(program: Command): void {
  const command = program
    .command('convert <file>')
    .description(
      'Convert a Packer template: print the options and the workflow step that give the same OMI.',
    );
  for (const { name, placeholder, description } of optionFlags('build'))
    if (templateOptions.includes(name)) command.option(`--${name} <${placeholder}>`, description);
  command.action(async (file: string) => {
    const { runConvert } = await import(/* webpackMode: "eager" */ './commands/convert.js');
    return await exit(await runConvert(file, readerOf(command), process.env));
  });
}

/** Adds a command that has its options as flags. */
function offer(program: Command, name: CommandName, description: string, load: () => Promise<Run>): void {
  const command = program.command(name).description(description);
  for (const { name: flag, placeholder, description: text } of optionFlags(name))
    command.option(`--${flag} <${placeholder}>`, text);
  if (name !== 'abort') command.option('--outputs <path>', 'File for the outputs, in shell syntax: `. FILE`');
  if (name === 'build' || name === 'commit')
    command.option(
      '--manifest <path>',
      'File for the manifest, a JSON object; none without RUNNER_TEMP or this',
    );
  command.action(async () => {
    const read = readerOf(command);
    if (name === 'build' && (await isValidation(read))) return await validate(read);
    return await run(name, read, await load());
  });
}

function offerShell(program: Command): void {
  const shell = program
    .command('shell')
    .description('Open the chroot of a failed build that on-failure: keep has kept, as its scripts had it.')
    .argument('[command...]', 'Command to run in it instead of a shell, after --');
  for (const { name, placeholder, description } of optionFlags('shell'))
    shell.option(`--${name} <${placeholder}>`, description);
  shell.action(async (command: readonly string[]) => {
    const { runShell } = await import(/* webpackMode: "eager" */ './commands/shell/shell.js');
    await run(
      'shell',
      readerOf(shell),
      async (invocation, report) => await runShell(invocation, command, report),
    );
  });
}

function offerSweep(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('List the resources of orphaned builds on this VM and in the account, or remove them.')
    .option('--yes', 'Remove the listed resources.');
  for (const { name, placeholder, description } of sweepFlags())
    sweep.option(`--${name} <${placeholder}>`, description);
  sweep.action(async () => {
    const { runSweep } = await import(/* webpackMode: "eager" */ './commands/sweep.js');
    await run('build', readerOf(sweep), runSweep);
  });
}

function offerDemo(program: Command): void {
  program
    .command('demo')
    .description('Run a complete build on this machine, without an account.')
    .action(async () => {
      const { runDemo } = await import(/* webpackMode: "eager" */ './demo/demo.js');
      await run(
        'build',
        () => undefined,
        async ({ privileged }, report) => await runDemo(privileged, report),
      );
    });
}

function offerEmulator(program: Command): void {
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
    .option('--rate <number>', 'Calls per second of an account before it is throttled')
    .option('--naming <scheme>', 'Name of an attached disk: api or by-id', 'api')
    .option('--minimal-responses', 'Omit every response field that the API description does not require')
    .option('--faults <path>', 'JSON list of faults to inject')
    .option('--neighbour <id>', 'ID of another VM of the account')
    .option('--record <path>', 'File for a JSON line per request')
    .action(async (flags: EmulatorFlags) => {
      const { runEmulator } = await import(/* webpackMode: "eager" */ './demo/emulator.js');
      await run(
        'build',
        () => undefined,
        async ({ privileged }) => await runEmulator(flags, privileged),
      );
    });
}

/** Reads the flags of a command as text; a flag without a value is `true`. */
function readerOf(command: Command): Invocation['read'] {
  const flags = new Map<string | undefined, unknown>(
    command.options.map((option) => [option.long?.slice(2), command.getOptionValue(option.attributeName())]),
  );
  return (name) => {
    const value = flags.get(name);
    return value === true ? 'true' : typeof value === 'string' ? value : undefined;
  };
}
