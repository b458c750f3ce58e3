import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError, describe } from '../../common/errors.js';
import { type Command, exec } from './exec.js';

/** The capabilities that every build needs, with their numbers (linux/capability.h) and their use. */
const needed: Readonly<Record<string, { readonly bit: number; readonly use: string }>> = {
  CAP_CHOWN: { bit: 0, use: 'to write files of other users' },
  CAP_DAC_OVERRIDE: { bit: 1, use: 'to write files of other users' },
  CAP_FOWNER: { bit: 3, use: 'to write files of other users' },
  CAP_KILL: { bit: 5, use: 'to terminate processes that scripts left running' },
  CAP_SETGID: { bit: 6, use: 'to install packages in the image' },
  CAP_SETUID: { bit: 7, use: 'to install packages in the image' },
  CAP_SYS_CHROOT: { bit: 18, use: 'to run scripts in the image' },
  CAP_SYS_PTRACE: { bit: 19, use: 'to find the processes that use the disk' },
  CAP_SYS_ADMIN: { bit: 21, use: 'to mount and to create namespaces' },
};

/** The lowest limit of open files with which a build works. */
const minimumFiles = 128;

/**
 * The needed capabilities that a process does not have. @param status /proc/PID/status (proc_pid_status(5))
 */
export function missingCapabilities(status: string): string[] {
  const [, effective = ''] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (effective === '') return [];
  const set = BigInt(`0x${effective}`);
  return Object.entries(needed).flatMap(([name, { bit }]) => ((set >> BigInt(bit)) & 1n ? [] : [name]));
}

/** The soft limit of open files. @param limits /proc/PID/limits @returns undefined when it is unlimited. */
export function openFilesLimit(limits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

/**
 * Checks the capabilities, the limit of open files and the namespaces of this process before a build creates
 * anything.
 * @throws BuildError that names what is missing, and how to start build-omi.
 */
export async function requirePrivileges(): Promise<void> {
  const missing = missingCapabilities(readFileSync('/proc/self/status', 'utf8'));
  if (missing.length > 0) {
    const uses = [...new Set(missing.map((name) => needed[name]?.use))].join(', ');
    throw new BuildError(`missing capabilities: ${missing.join(', ')} (${uses})`, {
      hint: 'Run build-omi as root on the VM itself. In a container, start it with --privileged and --pid=host.',
    });
  }
  const files = openFilesLimit(readFileSync('/proc/self/limits', 'utf8'));
  if (files !== undefined && files < minimumFiles)
    throw new BuildError(`open files: the limit is ${files}; build-omi needs ${minimumFiles}`, {
      hint: 'Raise the limit: ulimit -n 1024, or LimitNOFILE=1024 in the systemd unit of the runner.',
    });
  await requireNamespaces();
}

/** The seccomp profile of a container, or a sysctl, may deny what capabilities allow. */
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
    throw new BuildError(`namespaces: cannot create them (${describe(error)})`, {
      hint: 'In a container, start it with --privileged. On the VM, check sysctl user.max_mnt_namespaces.',
    });
  });
}

/**
 * Checks that a directory exists or can be created.
 * @param path absolute; only the part before the first template expression is checked
 * @throws BuildError that names the option when the filesystem is read-only.
 */
export function requireWritable(option: string, path: string): void {
  const [plain = '', ...rest] = path.split('{{');
  if (rest.length === 0 && existsSync(plain)) return;
  const folder = existing(rest.length === 0 ? plain : plain.replace(/[^/]*$/, ''));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BuildError(`${option}: cannot create ${path} in ${folder} (${describe(error)})`, {
      hint: `Set ${option} to a path on a writable filesystem.`,
    });
  }
}

/** The path, or its nearest parent directory that exists. */
const existing = (path: string): string =>
  existsSync(path) || path === '/' ? path.replace(/(.)\/+$/, '$1') : existing(dirname(path));
