import { constants } from 'node:os';
import { requireAccount } from '../../cleanup/account.js';
import { nameOf } from '../../cleanup/leftovers.js';
import { extendRetention } from '../../cleanup/retain.js';
import { BuildError } from '../../common/errors.js';
import { type Caller, callerSelf } from '../../host/exec/caller.js';
import { requirePrograms } from '../../host/exec/programs.js';
import { runAttached } from '../../host/sandbox/run-attached.js';
import { RefusalFiles } from '../../ledger/refusal-files.js';
import { LedgerStore } from '../../ledger/store.js';
import { inspect } from '../../pipeline/inspect.js';
import type { Report } from '../../report/report.js';
import { connect } from '../../runtime/connect.js';
import { paceOf } from '../../runtime/pace.js';
import { scriptEnvironment } from '../../runtime/script-environment.js';
import { timeoutsOf } from '../../runtime/timeouts.js';
import { createTools, type Tools } from '../../runtime/tools.js';
import type { Chroot } from '../../steps/chroot.js';
import { findRetained } from '../../steps/inspect/retained-disk.js';
import { listenToCancel } from '../cancel.js';
import { exitCodeOf } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { buildOf } from '../session.js';
import { takeKept } from './kept-build.js';
import { programOf } from './program.js';
import { readShellInvocation } from './read.js';

/** What runs in the chroot. */
interface Session {
  /** The command after `--`; empty for a shell. */
  readonly command: readonly string[];
  readonly caller: Caller;
  /** The option `shell` of the build. */
  readonly shell: string | undefined;
  /** The values of the variables of the scripts. */
  readonly env: Readonly<Record<string, string>>;
  /** TERM of the user. */
  readonly term: string | undefined;
}

/**
 * Opens the chroot of a failed build that was kept, as its scripts had it, and runs a shell or a command in
 * it. Closes it afterwards, and keeps the build for another `keep_for`.
 * @param command runs instead of a shell, unless it is empty
 * @returns the exit code of the shell or command
 */
export async function runShell(
  invocation: Invocation,
  command: readonly string[],
  report: Report,
): Promise<number> {
  const { privileged, environment } = invocation;
  const { user } = privileged;
  report.begin('shell');
  let open = (): readonly string[] => [];
  const cancel = listenToCancel(privileged, {
    hasPost: false,
    open: () => open(),
    log: (line) => report.info(line),
  });
  try {
    const { config, keys } = await readShellInvocation(invocation, report);
    const { build_id: id = '', state_dir: directory } = config.running;
    const caller = privileged.caller ?? callerSelf();
    requireInput(caller, command);
    using kept = await takeKept(id, directory, user, report);
    const { header, ledger, setup } = kept;
    const refusals = new RefusalFiles(directory, user);
    const pace = paceOf(config.running, user);
    const cloud = connect(config.access, { ...header, keys, refusals, pace }, report, environment);
    const build = buildOf(id, new Date(), invocation, new LedgerStore(directory, user));
    const tools = createTools(
      { build, cloud, ledger, report, signal: cancel.signal },
      timeoutsOf(config.running),
      { all: cancel.undoing },
    );
    await requireAccount(header, tools);
    open = () =>
      ledger
        .open()
        .filter((claim) => !ledger.isRetained(claim))
        .map(nameOf);
    const retained = await findRetained(setup.from_scratch, tools);
    const failed = ledger.openOf('attachment')[0]?.data.failed;
    const env = config.envOf(failed?.item);
    const missing = (failed?.env ?? setup.env).filter((name) => !Object.hasOwn(env, name));
    if (missing.length > 0)
      report.warn(
        `Variables of env without a value here: ${missing.join(', ')}. Values are not stored: set them with --env, or with the --config of the build.`,
      );
    if (setup.mount_commands)
      report.notice('pre_mount_commands and post_mount_commands of the build are not run again');
    await using _kept = extendRetention(setup.keep_for, tools);
    const session = { command, caller, shell: setup.shell, env, term: environment.TERM };
    return await inspect(retained, setup, async (chroot) => await runIn(chroot, session, tools), tools);
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error, cancel.received());
  }
}

/** @throws BuildError if stdin is a terminal that no shell can use */
function requireInput(caller: Caller, command: readonly string[]): void {
  if (caller.isInteractive) requirePrograms({ script: 'bsdutils' });
  else if (caller.hasInputTerminal && command.length === 0)
    throw new BuildError('shell: stdin is a terminal, but stdout is not', {
      hint: 'Write a command after --, or do not redirect stdout.',
    });
}

/** Runs the program. @returns its exit code, or 128 and the number of the signal that killed it */
async function runIn(
  chroot: Chroot,
  { command, caller, shell, env, term }: Session,
  { report, signal, build }: Tools,
): Promise<number> {
  const program = programOf({ command, caller, shell, tree: chroot.tree });
  const prompt = { PS1: `build ${build.id}:\\w# ` };
  const terminal = caller.isInteractive ? { ...prompt, TERM: term ?? 'dumb' } : {};
  if (caller.isInteractive && command.length === 0)
    report.info(`The chroot of build ${build.id}, as its scripts had it. To close it: exit`);
  const all = { ...scriptEnvironment(chroot.tree, env), ...terminal };
  const { code, signal: by } = await runAttached(chroot.sandbox, program, { env: all, caller, signal });
  return code ?? 128 + (by === null ? 0 : constants.signals[by]);
}
