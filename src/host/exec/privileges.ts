import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError, describe } from '../../common/errors.js';
import { type Command, exec } from './exec.js';

/** Capabilities that every build needs, by their numbers (linux/capability.h), and what for. */
const needed: Readonly<Record<string, { readonly bit: number; readonly use: string }>> = {
  CAP_CHOWN: { bit: 0, use: 'to write files of other users' },
  CAP_DAC_OVERRIDE: { bit: 1, use: 'to write files of other users' },
  CAP_FOWNER: { bit: 3, use: 'to write files of other users' },
  CAP_KILL: { bit: 5, use: 'to end what scripts left running' },
  CAP_SETGID: { bit: 6, use: 'to install packages in the image' },
  CAP_SETUID: { bit: 7, use: 'to install packages in the image' },
  CAP_SYS_CHROOT: { bit: 18, use: 'to run scripts in the image' },
  CAP_SYS_PTRACE: { bit: 19, use: 'to see who uses the disk' },
  CAP_SYS_ADMIN: { bit: 21, use: 'to mount and to make namespaces' },
};

/** Open files that a build gets by with. */
const fewestFiles = 128;

/** The names of the needed capabilities that a process has not, by its /proc/PID/status (proc_pid_status(5)). */
export function missingCapabilities(status: string): string[] {
  const [, effective = ''] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (effective === '') return [];
  const set = BigInt(`0x${effective}`);
  return Object.entries(needed).flatMap(([name, { bit }]) => ((set >> BigInt(bit)) & 1n ? [] : [name]));
}

/** The limit of open files in the text of /proc/PID/limits; undefined where there is none. */
export function openFilesLimit(limits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

/**
 * Checks what this process is allowed to do, before anything is made: capabilities, open files, namespaces.
 * @throws BuildError that says what is missing, and what to start build-omi with.
 */
export async function requirePrivileges(): Promise<void> {
  const missing = missingCapabilities(readFileSync('/proc/self/status', 'utf8'));
  if (missing.length > 0) {
    const uses = [...new Set(missing.map((name) => needed[name]?.use))].join(', ');
    throw new BuildError(`capabilities are missing: ${missing.join(', ')} (${uses})`, {
      hint: 'Run build-omi as root on the VM itself. In a container, start it with --privileged and --pid=host.',
    });
  }
  const files = openFilesLimit(readFileSync('/proc/self/limits', 'utf8'));
  if (files !== undefined && files < fewestFiles)
    throw new BuildError(`the limit of open files is ${files}; build-omi needs ${fewestFiles}`, {
      hint: 'Raise it: ulimit -n 1024, or LimitNOFILE=1024 in the unit of the runner.',
    });
  await requireNamespaces();
}

/** A container's seccomp profile, or a sysctl, may refuse what capabilities allow. */
async function requireNamespaces(): Promise<void> {
  const command: Command = [
    'unshare',
    '--mount',
    '--pid',
    '--uts',
    '--ipc',
    '--fork',
    '--',
    'env',
    '--ignore-environment',
  ];
  await exec(command).catch((error: unknown) => {
    throw new BuildError(`namespaces cannot be made (${describe(error)})`, {
      hint: 'In a container, start it with --privileged. On the VM, check sysctl user.max_mnt_namespaces.',
    });
  });
}

/**
 * Checks that a directory can be made where it is missing.
 * @param path absolute; of a template, the part before it counts
 * @throws BuildError that names the option when its filesystem is read-only.
 */
export function requireWritable(option: string, path: string): void {
  const [plain = '', ...rest] = path.split('{{');
  if (rest.length === 0 && existsSync(plain)) return;
  const folder = existing(rest.length === 0 ? plain : plain.replace(/[^/]*$/, ''));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BuildError(`${option}: ${path} cannot be made in ${folder} (${describe(error)})`, {
      hint: `Set ${option} to a path on a filesystem that is writable.`,
    });
  }
}

/** The nearest directory above a path that exists. */
const existing = (path: string): string =>
  existsSync(path) || path === '/' ? path.replace(/(.)\/+$/, '$1') : existing(dirname(path));
