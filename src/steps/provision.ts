import { resolve } from 'node:path';
import { BuildError } from '../common/errors.js';
import { installFile } from '../host/image/install.js';
import { isAlive } from '../host/proc/identity.js';
import { processesInNamespace } from '../host/proc/namespace-processes.js';
import { type Ended, runInside } from '../host/sandbox/run.js';
import type { Tools } from '../runtime/tools.js';
import type { Chroot } from './chroot.js';
import type { Files, Script, Work } from './scripts.js';

/** All that a script gets of an environment, besides what `env` says. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
};

/**
 * Brings files into the image and runs the scripts in it. What a script leaves running lives on until the end of the
 * last one.
 */
export async function provision(chroot: Chroot, works: readonly Work[], tools: Tools): Promise<void> {
  for (const work of works) {
    if (work.kind === 'files') await tools.report.phase(work.name, () => install(chroot, work, tools));
    else await tools.report.phase(`Script ${work.name}`, () => runScript(chroot, work, tools));
  }
}

async function install(chroot: Chroot, { files }: Files, tools: Tools): Promise<void> {
  for (const file of files) {
    // A trailing slash of the source has a meaning that resolve() would drop.
    const source = `${resolve(tools.build.workspace, file.source)}${file.source.endsWith('/') ? '/' : ''}`;
    await installFile(chroot.tree, { ...file, source });
    tools.report.info(`${file.source} → ${file.destination}`);
    const place = chroot.tree.resolve(file.destination);
    if (/^\/(dev|proc|run|sys)(\/|$)/.test(place))
      tools.report.warn(
        `files: what is copied to ${place} is gone with the build, for it is not on the disk`,
      );
  }
}

/** The script lies in the private /run while it runs, so that nothing of it is ever written to the image. */
async function runScript(chroot: Chroot, script: Script, tools: Tools): Promise<void> {
  const path = '/run/build-omi-script';
  const before = new Set(
    processesInNamespace(chroot.sandbox.holder).map(({ pid, start }) => `${pid} ${start}`),
  );
  chroot.tree.create(path, script.text, { uid: 0, gid: 0, mode: 0o700 });
  using limit = timeLimit(script);
  const ended = await runInside(chroot.sandbox, [...interpreter(chroot, script), path], {
    env: { ...environment, ...script.env },
    onLine: (line) => tools.report.script(line),
    signal: AbortSignal.any([tools.signal, limit.signal]),
  });
  await requireFreeSpace(chroot, script, ended, tools.signal);
  if (chroot.tree.lstat(path)) chroot.tree.remove(path);
  if (ended.code !== 0) throw failure(script, ended);
  const left = processesInNamespace(chroot.sandbox.holder).filter(
    ({ pid, start }) => !before.has(`${pid} ${start}`),
  );
  if (left.length === 0) return;
  const names = left.map(({ name, pid }) => `${name} (${pid})`).join(', ');
  tools.report.warn(`the script ${script.name} left running: ${names}; ended after the last script`);
}

/** @throws BuildError when a script has ended PID 1 of its namespaces, and with it everything in them. */
async function requireFreeSpace(
  { sandbox }: Chroot,
  { name }: Script,
  { signal, last }: Ended,
  stop: AbortSignal,
): Promise<void> {
  try {
    // PID 1 may still be on its way out when the kernel has killed the script: then it will not answer.
    if (signal === 'SIGKILL') await sandbox.killAll(stop);
    if (isAlive(sandbox.holder)) return;
  } catch {
    stop.throwIfAborted();
  }
  throw new BuildError(`the script ${name} ended the build's namespaces`, {
    output: last,
    hint: 'Did the VM run out of memory? The kernel log of the VM (dmesg) says what killed them.',
  });
}

/** Aborts with the sentence that says so when a script has had its time. */
function timeLimit({ name, timeout }: Script): Disposable & { readonly signal: AbortSignal } {
  const overdue = new AbortController();
  const late = (): void =>
    overdue.abort(
      new BuildError(
        `the script ${name} took longer than ${(timeout ?? 0) / 1000} s and was killed with all it started`,
        {
          hint: 'The options provision_timeout and timeout say how long a script may take.',
        },
      ),
    );
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
  return { signal: overdue.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** A #! line wins; then `shell`; else the shell that a workflow's `run:` gets, where the image has it. */
function interpreter(chroot: Chroot, script: Script): [] | [string, ...string[]] {
  if (script.text.subarray(0, 2).toString() === '#!') return [];
  const [program, ...options] = script.shell?.split(/\s+/).filter(Boolean) ?? [];
  if (program !== undefined) return [program, ...options];
  const has = (shell: string): boolean => ((chroot.tree.stat(shell)?.mode ?? 0) & 0o111) !== 0;
  if (has('/bin/bash') || has('/usr/bin/bash')) return ['bash', '-eo', 'pipefail'];
  if (has('/bin/sh')) return ['sh', '-e'];
  throw new BuildError(`${script.name}: the image has no shell (/bin/bash, /bin/sh)`);
}

function failure(script: Script, { code, signal, last }: Ended): BuildError {
  const how = code === null ? `was ended by ${signal}` : `exited with ${code}`;
  return new BuildError(`the script ${script.name} ${how}`, {
    output: last,
    ...(code === 126 || code === 127
      ? { hint: 'Is the program that it starts with in the image, and for this machine?' }
      : {}),
  });
}
