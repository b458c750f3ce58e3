import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who a story runs the product as: root, or a user of no rights but passwordless sudo. */
export const users = ['root', 'a user with sudo'] as const;
export type StoryUser = (typeof users)[number];

export const uidOf = (user: StoryUser): number => (user === 'root' ? 0 : 12_345);

/**
 * The command that runs a command as that user. The user exists only in a mount namespace of its own, where /etc has
 * a passwd and a sudoers.d that name it: nothing of the machine is changed.
 * @param work an empty folder.
 * @param job a process whose mount namespace the command is run in, as all steps of a job share one.
 */
export function asStoryUser(user: StoryUser, work: string, argv: readonly string[], job?: number): string[] {
  const enter = job === undefined ? [] : ['nsenter', `--target=${job}`, '--mount', '--'];
  if (user === 'root') return [...enter, ...argv];
  const uid = uidOf(user);
  const etc = join(work, 'etc');
  mkdirSync(join(etc, 'sudoers.d'), { recursive: true });
  const home = join(work, 'home');
  mkdirSync(home, { recursive: true });
  chownSync(home, uid, uid);
  writeFileSync(
    join(etc, 'passwd'),
    `${readFileSync('/etc/passwd', 'utf8')}runner:*:${uid}:${uid}::${home}:/bin/sh\n`,
  );
  writeFileSync(join(etc, 'sudoers.d/runner'), 'runner ALL=(ALL) NOPASSWD: ALL\n');
  chmodSync(join(etc, 'sudoers.d/runner'), 0o440);
  // Not a shell: it would drop the runner's INPUT_… variables, whose names have hyphens.
  const become = `
    for my $file (qw(passwd sudoers.d)) { system('mount', '--bind', "${etc}/$file", "/etc/$file") == 0 or die; }
    exec 'setpriv', '--reuid', '${uid}', '--regid', '${uid}', '--clear-groups', '--', @ARGV;`;
  const own = job === undefined ? ['unshare', '--mount', '--'] : enter;
  return [...own, 'perl', '-e', become, ...argv];
}

/** The texts of the files in a folder, by name. */
export const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
