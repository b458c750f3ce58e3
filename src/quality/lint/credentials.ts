import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { homesOf, sizeOf } from './accounts.js';
import type { LintedImage, Problem } from './types.js';

/** Files in home directories that contain credentials, each with what shows it; undefined: any content. */
const inHome: Readonly<Record<string, RegExp | undefined>> = {
  '.osc/config.json': undefined,
  '.aws/credentials': undefined,
  '.azure/msal_token_cache.json': undefined,
  '.config/gcloud/credentials.db': undefined,
  '.config/gcloud/application_default_credentials.json': undefined,
  '.config/gh/hosts.yml': /oauth_token/,
  '.config/rclone/rclone.conf': undefined,
  '.docker/config.json': /"auth"|"identitytoken"/,
  '.git-credentials': undefined,
  '.kube/config': /client-key-data|token:|password:/,
  '.my.cnf': /^\s*password/m,
  '.netrc': undefined,
  '.npmrc': /_auth/,
  '.pgpass': undefined,
  '.pypirc': /^\s*password/m,
  '.terraform.d/credentials.tfrc.json': undefined,
  '.vault-token': undefined,
};
const aptFolder = '/etc/apt/auth.conf.d';

/** Credentials of clouds, registries and other services in their usual places. */
export const credentials = ({ tree }: LintedImage): Problem[] =>
  [
    ...homesOf(tree).flatMap((home) =>
      Object.entries(inHome).map(([name, pattern]) => [`${home}/${name}`, pattern] as const),
    ),
    ...['/etc/apt/auth.conf', ...entriesOf(tree, aptFolder).map(({ name }) => `${aptFolder}/${name}`)].map(
      (path) => [path, /password/] as const,
    ),
  ]
    .filter(
      ([path, pattern]) =>
        (sizeOf(tree, path) ?? 0) > 0 && (pattern === undefined || holds(tree, path, pattern)),
    )
    .map(([file]) => ({ file, problem: 'contains credentials' }));

const holds = (tree: ImageTree, path: string, pattern: RegExp): boolean =>
  pattern.test(tree.read(path)?.toString('latin1') ?? '');
