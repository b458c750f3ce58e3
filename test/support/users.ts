import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The user that runs build-omi in a test: root, or a user with passwordless sudo only. */
export const users = ['root', 'a user with sudo'] as const;
export type TestUser = (typeof users)[number];

export const uidOf = (user: TestUser): number => (user === 'root' ? 0 : 12_345);

/**
 * The process whose mount namespace a command runs in, as all steps of a job share one, and its directory.
 */
interface RunLocation {
  readonly job: number;
  readonly cwd: string;
}

/**
 * The command that runs a command as that user. The user exists only in a mount namespace of its own, where
 * /etc has a passwd and a sudoers.d that name it, and root has another home: nothing of the machine is
 * changed.
 * @param work an empty folder.
 */
export function asTestUser(
  user: TestUser,
  work: string,
  argv: readonly string[],
  location?: RunLocation,
): string[] {
  const enter = location && [
    'nsenter',
    `--target=${location.job}`,
    '--mount',
    `--wdns=${location.cwd}`,
    '--',
  ];
  if (user === 'root') return [...(enter ?? []), ...argv];
  const uid = uidOf(user);
  const etc = join(work, 'etc');
  mkdirSync(join(etc, 'sudoers.d'), { recursive: true });
  const home = join(work, 'home');
  mkdirSync(home, { recursive: true });
  chownSync(home, uid, uid);
  const rootHome = join(etc, 'root');
  mkdirSync(rootHome, { recursive: true });
  const others = readFileSync('/etc/passwd', 'utf8').replace(/^(root:.*):\/root:/m, `$1:${rootHome}:`);
  writeFileSync(join(etc, 'passwd'), `${others}runner:*:${uid}:${uid}::${home}:/bin/sh\n`);
  writeFileSync(join(etc, 'sudoers.d/runner'), 'runner ALL=(ALL) NOPASSWD: ALL\n');
  chmodSync(join(etc, 'sudoers.d/runner'), 0o440);
  // Not a shell: it would drop the runner's INPUT_… variables, whose names have hyphens.
  const become = `
    for my $file (qw(passwd sudoers.d)) {
      my $mount = fork // die; # system() would swallow a SIGINT that comes meanwhile.
      exec 'mount', '--bind', "${etc}/$file", "/etc/$file" unless $mount;
      waitpid($mount, 0);
      die if $?;
    }
    exec 'setpriv', '--reuid', '${uid}', '--regid', '${uid}', '--clear-groups', '--', @ARGV;`;
  return [...(enter ?? ['unshare', '--mount', '--']), 'perl', '-e', become, ...argv];
}

/** The texts of the files in a folder, by name. */
export const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
