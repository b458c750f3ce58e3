import type { ImageTree } from '../host/image/image-fs.js';

/** The environment of scripts. The option `env` adds to it. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
};

/** debconf(7): packages ask no questions, which would fail or wait without a terminal. */
const debian = { DEBIAN_FRONTEND: 'noninteractive' };

/** The complete environment of a script in an image. @param env the variables of the option `env` */
export function scriptEnvironment(
  tree: ImageTree,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const hasDpkg = tree.stat('/usr/bin/dpkg') !== undefined;
  return { ...environment, ...(hasDpkg ? debian : {}), ...env };
}

/** The search path of a script. */
export const scriptPath = ({ PATH = environment.PATH }: Readonly<Record<string, string>>): string => PATH;
