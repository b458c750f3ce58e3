import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BuildError, describe } from '../common/errors.js';
import { fullest, saysNoSpace } from '../host/image/fullness.js';
import { installFile } from '../host/image/install.js';
import { installText } from '../host/image/install-text.js';
import { isAlive } from '../host/proc/identity.js';
import { processesInNamespace } from '../host/proc/namespace-processes.js';
import { attempt } from '../host/proc/processes.js';
import { type ExitStatus, runInside } from '../host/sandbox/run.js';
import { hintOfExitCode, lineOfMessage } from '../host/script/failure.js';
import { hasInterpreterLine, missingInterpreter } from '../host/script/interpreter.js';
import { recordRetained } from '../runtime/retained-chroot.js';
import { ScriptError, timeLimit, withRetries } from '../runtime/retries.js';
import { commandLine, replace } from '../runtime/script-command.js';
import { scriptEnvironment, scriptPath } from '../runtime/script-environment.js';
import type { Tools } from '../runtime/tools.js';
import type { Chroot } from './chroot.js';
import type { Files, Script, Task } from './scripts.js';

/**
 * Copies files into the image and runs scripts in it. Processes that a script leaves running stay until the
 * last script has ended.
 */
export async function provision(chroot: Chroot, tasks: readonly Task[], tools: Tools): Promise<void> {
  const missing = missingPrograms(chroot, tasks);
  for (const line of missing) tools.report.notice(line);
  for (const [index, task] of tasks.entries())
    await tools.report
      .phase(titleOf(task), () => perform(chroot, task, tools))
      .catch((error: unknown) => {
        recordRetained(chroot, task.kind === 'script' ? task.env : undefined, index, tools);
        throw error;
      });
}

async function perform(chroot: Chroot, task: Task, tools: Tools): Promise<void> {
  if (task.kind === 'files') await install(chroot, task, tools);
  else if (task.kind === 'pause') await wait(task.ms, undefined, { signal: tools.signal });
  else await withRetries(task, () => runScript(chroot, task, tools), tools);
}

/** The title of the phase of a task. */
export const titleOf = ({ kind, name }: Task): string => (kind === 'script' ? `Script ${name}` : name);

async function install(chroot: Chroot, { files }: Files, tools: Tools): Promise<void> {
  for (const file of files) {
    await installOne(chroot, file, tools).catch((error: unknown) => {
      const hint = hintOfSpace(chroot, describe(error));
      throw hint === undefined ? error : new BuildError('no space left in the image', { cause: error, hint });
    });
    tools.report.info(`${'content' in file ? 'content' : file.source} → ${file.destination}`);
    const path = chroot.tree.resolve(file.destination);
    if (/^\/(dev|proc|run|sys)(\/|$)/.test(path))
      tools.report.warn(`files: ${path} is not on the disk of the image, so it is lost when the build ends`);
  }
}

async function installOne(chroot: Chroot, file: Files['files'][number], { build }: Tools): Promise<void> {
  if ('content' in file) return await installText(chroot.tree, file);
  // resolve() drops a trailing slash, which has a meaning here.
  const source = `${resolve(build.workspace, file.source)}${file.source.endsWith('/') ? '/' : ''}`;
  await installFile(chroot.tree, { ...file, source });
}

/**
 * What the log says about scripts whose interpreter is not in the image yet. Without an earlier task that
 * could install it, such a script fails when it is started.
 */
function missingPrograms(chroot: Chroot, tasks: readonly Task[]): string[] {
  return tasks.slice(1).flatMap((task) => {
    if (task.kind !== 'script') return [];
    const missing = missingInterpreter(chroot.tree, startOf(task), scriptPath(task.env));
    if (missing === undefined) return [];
    return [
      `${task.name}: the image does not have ${missing}, which runs this script. An earlier script or file must install it.`,
    ];
  });
}

/** What starts a script. `execute_command` of a Packer template is a command of /bin/sh. */
const startOf = (script: Script): Pick<Script, 'text' | 'shell'> =>
  script.executeCommand === undefined ? script : { text: Buffer.alloc(0), shell: '/bin/sh' };

/** @throws BuildError if the image does not have the interpreter of a script. */
function requireInterpreter({ tree }: Chroot, script: Script): void {
  const missing = missingInterpreter(tree, startOf(script), scriptPath(script.env));
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
  replace(chroot.tree, path, script.text);
  using limit = timeLimit(script);
  const { argv, substitute } = await commandLine(chroot, script, path, tools.build.startedAt);
  const { last, ...status } = await runInside(chroot.sandbox, argv, {
    env: scriptEnvironment(chroot.tree, script.env),
    onLine: (line) => tools.report.script(named(line)),
    signal: AbortSignal.any([tools.signal, limit.signal]),
  });
  const ended = { ...status, last: last.map(named) };
  await requireNamespaces(chroot, script, ended, tools.signal);
  if (chroot.tree.lstat(path)) chroot.tree.remove(path);
  if (ended.code === null || !script.validExitCodes.includes(ended.code))
    throw failure(chroot, script, ended, substitute);
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

function failure(
  chroot: Chroot,
  { name, path: file }: Script,
  { code, signal, last }: ExitStatus,
  substitute: string | undefined,
): ScriptError {
  const how = code === null ? `was killed by ${signal}` : `exited with ${code}`;
  const hints = [hintOfExitCode(code, last, name), hintOfSpace(chroot, last.join('\n')), substitute];
  const hint = hints.filter((one) => one !== undefined).join(' ');
  return new ScriptError(`the script ${name} ${how}`, {
    brief: code === null ? how : `failed with exit code ${code}`,
    output: last,
    location: file === undefined ? undefined : { file, line: lineOfMessage(last, name) },
    ...(hint === '' ? {} : { hint }),
  });
}

/** How full the image is, if a text reports a full disk. */
const hintOfSpace = ({ tree, mounted, caches }: Chroot, text: string): string | undefined =>
  saysNoSpace(text)
    ? attempt(() =>
        fullest(
          tree,
          mounted.map(({ target }) => target),
          caches,
        ),
      )
    : undefined;
