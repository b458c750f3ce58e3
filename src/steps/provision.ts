import { resolve } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import { fullest, saysNoSpace } from '../host/image/fullness.js';
import { installFile } from '../host/image/install.js';
import { isAlive } from '../host/proc/identity.js';
import { processesInNamespace } from '../host/proc/namespace-processes.js';
import { attempt } from '../host/proc/processes.js';
import { type ExitStatus, runInside } from '../host/sandbox/run.js';
import { hintOfExitCode } from '../host/script/failure.js';
import { hasInterpreterLine, missingInterpreter } from '../host/script/interpreter.js';
import type { Tools } from '../runtime/tools.js';
import type { Chroot } from './chroot.js';
import type { Files, Script, Task } from './scripts.js';

/** The environment of scripts. The option `env` adds to it. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
};

/** debconf(7): packages ask no questions, which would fail or wait without a terminal. */
const debian = { DEBIAN_FRONTEND: 'noninteractive' };

/**
 * Copies files into the image and runs scripts in it. Processes that a script leaves running stay until the
 * last script has ended.
 */
export async function provision(chroot: Chroot, tasks: readonly Task[], tools: Tools): Promise<void> {
  const missing = missingPrograms(chroot, tasks);
  for (const line of missing) tools.report.notice(line);
  for (const task of tasks) {
    if (task.kind === 'files') await tools.report.phase(task.name, () => install(chroot, task, tools));
    else await tools.report.phase(`Script ${task.name}`, () => runScript(chroot, task, tools));
  }
}

async function install(chroot: Chroot, { files }: Files, tools: Tools): Promise<void> {
  for (const file of files) {
    // resolve() drops a trailing slash, which has a meaning here.
    const source = `${resolve(tools.build.workspace, file.source)}${file.source.endsWith('/') ? '/' : ''}`;
    await installFile(chroot.tree, { ...file, source }).catch((error: unknown) => {
      const hint = hintOfSpace(chroot, describe(error));
      throw hint === undefined ? error : new BuildError('no space left in the image', { cause: error, hint });
    });
    tools.report.info(`${file.source} → ${file.destination}`);
    const path = chroot.tree.resolve(file.destination);
    if (/^\/(dev|proc|run|sys)(\/|$)/.test(path))
      tools.report.warn(`files: ${path} is not on the disk of the image, so it is lost when the build ends`);
  }
}

/**
 * What the log says about scripts whose interpreter is not in the image yet. Without an earlier task that
 * could install it, such a script fails when it is started.
 */
function missingPrograms(chroot: Chroot, tasks: readonly Task[]): string[] {
  return tasks.slice(1).flatMap((task) => {
    if (task.kind !== 'script') return [];
    const missing = missingInterpreter(chroot.tree, task, pathOf(task));
    if (missing === undefined) return [];
    return [
      `${task.name}: the image does not have ${missing}, which runs this script. An earlier script or file must install it.`,
    ];
  });
}

const pathOf = ({ env }: Script): string => env.PATH ?? environment.PATH;

/** @throws BuildError if the image does not have the interpreter of a script. */
function requireInterpreter({ tree }: Chroot, script: Script): void {
  const missing = missingInterpreter(tree, script, pathOf(script));
  if (missing === undefined) return;
  throw new BuildError(`the script ${script.name} cannot start: the image does not have ${missing}`, {
    hint: `Install it with an earlier script, or correct ${hasInterpreterLine(script.text) ? 'the #! line' : 'shell'}.`,
  });
}

/** The script file is in a private tmpfs, so nothing of it is written to the image, or to the VM. */
async function runScript(chroot: Chroot, script: Script, tools: Tools): Promise<void> {
  const path = `${chroot.scratch}/build-omi-script`;
  const named = (line: string): string => line.replaceAll(path, script.name);
  requireInterpreter(chroot, script);
  const before = new Set(
    processesInNamespace(chroot.sandbox.holder).map(({ pid, start }) => `${pid} ${start}`),
  );
  chroot.tree.create(path, script.text, { uid: 0, gid: 0, mode: 0o700 });
  using limit = timeLimit(script);
  const hasDpkg = chroot.tree.stat('/usr/bin/dpkg') !== undefined;
  const { argv, substitute } = interpreter(chroot, script);
  const { last, ...status } = await runInside(chroot.sandbox, [...argv, path], {
    env: { ...environment, ...(hasDpkg ? debian : {}), ...script.env },
    onLine: (line) => tools.report.script(named(line)),
    signal: AbortSignal.any([tools.signal, limit.signal]),
  });
  const ended = { ...status, last: last.map(named) };
  await requireNamespaces(chroot, script, ended, tools.signal);
  if (chroot.tree.lstat(path)) chroot.tree.remove(path);
  if (ended.code !== 0) throw failure(chroot, script, ended, substitute);
  const left = processesInNamespace(chroot.sandbox.holder).filter(
    ({ pid, start }) => !before.has(`${pid} ${start}`),
  );
  if (left.length === 0) return;
  const names = left.map(({ name, pid }) => `${name} (${pid})`).join(', ');
  tools.report.warn(
    `the script ${script.name} left processes running: ${names}. They are terminated after the last script.`,
  );
}

/** @throws BuildError if a script has ended PID 1 of its namespaces, which ends every process in them. */
async function requireNamespaces(
  { sandbox }: Chroot,
  { name }: Script,
  { signal, last }: ExitStatus,
  stop: AbortSignal,
): Promise<void> {
  try {
    // PID 1 may still be exiting when the kernel has killed the script. Then it does not answer.
    if (signal === 'SIGKILL') await sandbox.killAll(stop);
    if (isAlive(sandbox.holder)) return;
  } catch {
    stop.throwIfAborted();
  }
  throw new BuildError(`the script ${name} ended the build's namespaces`, {
    output: last,
    hint: 'Check the kernel log of the VM (dmesg), for example for an out-of-memory kill.',
  });
}

/** A signal that is aborted with a BuildError when the time limit of the script is reached. */
function timeLimit({ name, timeout }: Script): Disposable & { readonly signal: AbortSignal } {
  const overdue = new AbortController();
  const late = (): void =>
    overdue.abort(
      new BuildError(
        `the script ${name} took longer than ${(timeout ?? 0) / 1000} s and was killed, with every process it started`,
        { hint: 'Raise provision_timeout, or timeout of the provisioner.' },
      ),
    );
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
  return { signal: overdue.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** How a script is started. */
interface Interpreter {
  /** The arguments before the path of the script. */
  readonly argv: [] | [string, ...string[]];
  /** Set if the image does not have the usual shell. */
  readonly substitute?: string;
}

/** In this order: the #! line of the script, the option `shell`, bash as for `run:` in a workflow, sh. */
function interpreter(chroot: Chroot, script: Script): Interpreter {
  if (hasInterpreterLine(script.text)) return { argv: [] };
  const [program, ...options] = script.shell?.split(/\s+/).filter(Boolean) ?? [];
  if (program !== undefined) return { argv: [program, ...options] };
  const has = (shell: string): boolean => ((chroot.tree.stat(shell)?.mode ?? 0) & 0o111) !== 0;
  if (has('/bin/bash') || has('/usr/bin/bash')) return { argv: ['bash', '-eo', 'pipefail'] };
  if (has('/bin/sh'))
    return { argv: ['sh', '-e'], substitute: 'It ran with sh -e, because the image has no bash.' };
  throw new BuildError(`${script.name}: the image has no shell (/bin/bash, /bin/sh)`);
}

function failure(
  chroot: Chroot,
  { name }: Script,
  { code, signal, last }: ExitStatus,
  substitute: string | undefined,
): BuildError {
  const how = code === null ? `was killed by ${signal}` : `exited with ${code}`;
  const hints = [hintOfExitCode(code, last, name), hintOfSpace(chroot, last.join('\n')), substitute];
  const hint = hints.filter((one) => one !== undefined).join(' ');
  return new BuildError(`the script ${name} ${how}`, { output: last, ...(hint === '' ? {} : { hint }) });
}

/** How full the image is, if a text reports a full disk. */
const hintOfSpace = ({ tree, mounted }: Chroot, text: string): string | undefined =>
  saysNoSpace(text)
    ? attempt(() =>
        fullest(
          tree,
          mounted.map(({ target }) => target),
        ),
      )
    : undefined;
