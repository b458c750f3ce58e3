import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import type { LintedImage, Problem } from './types.js';

/** Maximum number of accounts whose home directories are looked at. */
const accountLimit = 1000;

/** Accounts that can log in with a password, or without one (shadow(5)). */
export const accountPasswords = ({ tree }: LintedImage): Problem[] =>
  linesOf(tree, '/etc/shadow').flatMap((line) => {
    const [name = '', password = '!'] = line.split(':');
    if (name === '' || /^[!*]/.test(password)) return [];
    const problem = password === '' ? `${name} needs no password` : `${name} has a password`;
    return [{ file: '/etc/shadow', problem }];
  });

/** The home directories of the accounts (passwd(5)) that are on the disk of the image. */
export function homesOf(tree: ImageTree): string[] {
  const homes = linesOf(tree, '/etc/passwd')
    .slice(0, accountLimit)
    .map((line) => line.split(':')[5] ?? '')
    .filter((home) => home.startsWith('/') && !/^\/(?:$|dev|proc|run|sys|nonexistent)(?:\/|$)/.test(home));
  return [...new Set(['/root', ...homes])];
}

/** Keys that let their owners log in to every VM of the image. */
export const authorizedKeys = ({ tree }: LintedImage): Problem[] =>
  keyFilesOf(tree)
    .filter((path) => linesOf(tree, path).some((line) => /^\s*[^#\s]/.test(line)))
    .map((file) => ({ file, problem: 'contains public keys that can log in' }));

/** The non-empty files of authorized keys. */
export const keyFilesOf = (tree: ImageTree): string[] =>
  homesOf(tree)
    .flatMap((home) => [`${home}/.ssh/authorized_keys`, `${home}/.ssh/authorized_keys2`])
    .filter((path) => (sizeOf(tree, path) ?? 0) > 0);

/** Key pairs of users: everything in ~/.ssh that begins like a private key. */
export const privateKeys = ({ tree }: LintedImage): Problem[] =>
  homesOf(tree).flatMap((home) =>
    entriesOf(tree, `${home}/.ssh`)
      .filter(({ name, stat }) => stat.isFile() && stat.size < 2 ** 16 && !name.endsWith('.pub'))
      .map(({ name }) => `${home}/.ssh/${name}`)
      .filter((path) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(tree.read(path)?.toString('latin1') ?? ''))
      .map((file) => ({ file, problem: 'is a private key' })),
  );

/** Histories of shells and clients. */
export const histories = [
  '.bash_history',
  '.zsh_history',
  '.ash_history',
  '.sh_history',
  '.history',
  '.python_history',
  '.node_repl_history',
  '.mysql_history',
  '.psql_history',
  '.sqlite_history',
  '.rediscli_history',
  '.lesshst',
  '.viminfo',
  '.wget-hsts',
] as const;

export const shellHistories = ({ tree }: LintedImage): Problem[] =>
  homesOf(tree)
    .flatMap((home) => histories.map((name) => `${home}/${name}`))
    .filter((path) => (sizeOf(tree, path) ?? 0) > 0)
    .map((file) => ({ file, problem: 'contains the history of a session' }));

export const linesOf = (tree: ImageTree, path: string): string[] =>
  tree.read(path)?.toString('utf8').split('\n') ?? [];

/** Size of a regular file in bytes; undefined for another type or a missing file. */
export const sizeOf = (tree: ImageTree, path: string): number | undefined => {
  const stat = tree.stat(path);
  return stat?.isFile() ? stat.size : undefined;
};
