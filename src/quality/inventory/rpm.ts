import type { Package } from './types.js';

/** Limits for the database of an image and for the output of its rpm. */
export const rpmLimits = { bytes: 256 * 2 ** 20, output: 16 * 2 ** 20, ms: 60_000 } as const;

/** The command that lists the packages of a database (rpm(8), QUERY FORMATTING). */
export const queryRpm = (database: string): [string, ...string[]] => [
  '/usr/bin/rpm',
  '--dbpath',
  database,
  '-qa',
  '--queryformat',
  String.raw`%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{LICENSE}\n`,
];

/** The packages in the output of that command. Keys, which rpm lists as `gpg-pubkey`, are no packages. */
export const packagesOfRpm = (lines: readonly string[]): Package[] =>
  lines.flatMap((line) => {
    const [name = '', version = '', architecture, license] = line.split('\t');
    if (architecture === undefined || name === 'gpg-pubkey') return [];
    const known = { name, version, architecture: architecture === '(none)' ? '' : architecture };
    return [license ? { ...known, license } : known];
  });
