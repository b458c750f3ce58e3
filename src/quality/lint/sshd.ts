import { posix } from 'node:path';
import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import type { LintedImage, Problem } from './types.js';

const main = '/etc/ssh/sshd_config';
/** Maximum number of files that sshd_config includes, directly and indirectly. */
const fileLimit = 100;

/** A setting of sshd. */
interface Setting {
  readonly file: string;
  readonly key: string;
  readonly value: string;
  /** Whether it is in a Match block, so that it holds for some logins only. */
  readonly conditional: boolean;
}

/** Whether sshd accepts passwords. The first value of a keyword counts (sshd_config(5)). */
export function passwordLogins({ tree }: LintedImage): Problem[] {
  if (tree.stat('/usr/sbin/sshd') === undefined) return [];
  const settings = readSettings(tree, main, { files: 0 });
  const first = (...keys: string[]): Setting | undefined =>
    settings.find(({ key, conditional }) => !conditional && keys.includes(key));
  const isYes = (setting: Setting | undefined): boolean => setting?.value !== 'no';
  const password = first('passwordauthentication');
  const keyboard = first('kbdinteractiveauthentication', 'challengeresponseauthentication');
  const problems: Problem[] = [];
  if (isYes(password))
    problems.push({
      file: password?.file ?? main,
      problem: password
        ? 'PasswordAuthentication is enabled'
        : 'PasswordAuthentication is not set, so it is enabled',
    });
  if (isYes(keyboard) && first('usepam')?.value === 'yes' && !isYes(password))
    problems.push({
      file: keyboard?.file ?? main,
      problem: 'KbdInteractiveAuthentication with UsePAM accepts passwords',
    });
  for (const { file, key, value, conditional } of settings)
    if (conditional && key === 'passwordauthentication' && value === 'yes')
      problems.push({ file, problem: 'a Match block enables PasswordAuthentication' });
  return problems;
}

/** The settings of a file and of the files that it includes, in the order in which sshd reads them. */
function readSettings(tree: ImageTree, file: string, count: { files: number }, matched = false): Setting[] {
  if (count.files >= fileLimit) return [];
  count.files += 1;
  const settings: Setting[] = [];
  let conditional = matched;
  for (const line of tree.read(file)?.toString('utf8').split('\n') ?? []) {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    const key = keyword.toLowerCase();
    const value = rest.replace(/\s+#.*$/, '').replaceAll('"', '');
    if (key === 'match') conditional = value.toLowerCase() !== 'all' || matched;
    else if (key === 'include')
      for (const included of filesOf(tree, value))
        settings.push(...readSettings(tree, included, count, conditional));
    else if (key !== '') settings.push({ file, key, value: value.toLowerCase(), conditional });
  }
  return settings;
}

/** The files that the patterns of an Include name. Only the last component can be a pattern here. */
function filesOf(tree: ImageTree, patterns: string): string[] {
  return patterns.split(/\s+/).flatMap((pattern) => {
    const path = posix.resolve('/etc/ssh', pattern);
    if (!/[*?]/.test(path)) return [path];
    const expression = new RegExp(
      `^${posix
        .basename(path)
        .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll(/\*+/g, '.*')
        .replaceAll('?', '.')}$`,
    );
    const folder = posix.dirname(path);
    return entriesOf(
      tree,
      folder,
      (name) => !name.startsWith('.') && name.length < 256 && expression.test(name),
    ).map(({ name }) => `${folder}/${name}`);
  });
}
