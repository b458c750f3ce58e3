import { type Command, Option } from 'commander';
import { offerCompletion } from './cli/completion-command.js';
import { offerDemo, offerEmulator } from './cli/emulator-command.js';
import { offerFind } from './cli/find-command.js';
import { addFlags, addManifestFlag, addOutputFlags, Program, readerOf } from './cli/flags.js';
import { helpText } from './cli/help.js';
import { offerPrune } from './cli/prune-command.js';
import { type Run, run } from './cli/run.js';
import { offerShell } from './cli/shell-command.js';
import { exit, receiveArguments } from './commands/enter.js';
import { invalidInput } from './commands/exit-code.js';
import { isValidation, validate } from './commands/unprivileged.js';
import { version } from './common/version.js';
import { optionFlags } from './config/docs/flags.js';
import { type CommandName, kebab } from './config/kit/option.js';
import { onlyWithTemplate } from './config/rules/packer.js';
import { sweepFlags } from './config/sweep.js';

/**
 * The command line: reads `process.argv`, runs the command that it names and ends the process with its exit
 * code.
 */
export async function cli(): Promise<void> {
  await receiveArguments();
  await createProgram(process.argv[2]).parseAsync();
}

/** The first arguments that need the flags of all commands. */
const ofAll = /^(help|completion|-.*)$/;

/**
 * All commands with their flags. Help, completion and reference are made from them.
 * @param first the first argument: another command than it names has no flags
 */
export function createProgram(first = 'help'): Program {
  const program = new Program(ofAll.test(first) ? undefined : first)
    .description('Build Outscale Machine Images by the chroot method, on the VM itself.')
    .version(version);
  // Set before the commands are added, which inherit both. An unknown flag is invalid input.
  program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : invalidInput));
  program.configureHelp({ formatHelp: helpText });
  offerBuilds(program);
  offerChecks(program);
  offerConvert(program);
  offerShell(program);
  offerFind(program);
  offerPrune(program);
  offerSweep(program);
  offerDemo(program);
  offerEmulator(program);
  offerCompletion(program);
  return program;
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
    addFlags(command, () => optionFlags('build'));
    addOutputFlags(command, false);
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

function offerConvert(program: Command): void {
  const templateFlags = onlyWithTemplate.map(kebab);
  const command = program
    .command('convert <file>')
    .description(
      'Convert a Packer template: print the options and the workflow step that give the same OMI.',
    );
  addFlags(command, () => optionFlags('build').filter(({ name }) => templateFlags.includes(name)));
  command.action(async (file: string) => {
    const { runConvert } = await import(/* webpackMode: "eager" */ './commands/convert.js');
    return await exit(await runConvert(file, readerOf(command), process.env));
  });
}

/** Adds a command that has its options as flags. */
function offer(program: Command, name: CommandName, description: string, load: () => Promise<Run>): void {
  const command = program.command(name).description(description);
  addFlags(command, () => optionFlags(name));
  addOutputFlags(command, name !== 'abort');
  if (name === 'build' || name === 'commit') addManifestFlag(command);
  command.action(async () => {
    const read = readerOf(command);
    if (name === 'build' && (await isValidation(read))) return await validate(read);
    return await run(name, read, await load());
  });
}

function offerSweep(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('List the resources of orphaned builds on this VM and in the account, or remove them.')
    .addOption(new Option('--yes', 'Remove the listed resources.').helpGroup('Sweep'));
  addFlags(sweep, sweepFlags);
  sweep.action(async () => {
    const { runSweep } = await import(/* webpackMode: "eager" */ './commands/sweep.js');
    await run('build', readerOf(sweep), runSweep);
  });
}
