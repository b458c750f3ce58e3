import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment } from '../../src/host/exec/exec.js';
import { pids } from '../../src/host/proc/mountinfo.js';

const folders = plainEnvironment.PATH.split(':');
const [first = '', ...others] = folders;

/** The fate of one start of a program. */
export type Fate = 'fails' | 'hangs';

/** A command in whose mount namespace every start of a program is recorded, and one may fail or hang. */
export interface Watched {
  readonly argv: string[];
  /** The starts so far, each as its words. */
  readonly starts: () => string[];
  /** Processes of hanging programs that still run. */
  readonly hanging: () => number[];
}

/**
 * Wraps a command so that what it starts of the machine's programs is noted, and the start of that number
 * fails or hangs. In a mount namespace of the command's own a script stands for each program, in the first
 * folder of PATH: nothing of the machine is changed.
 * @param shared a folder for the scripts' names, the same for all commands
 * @param work an empty folder
 */
export function watchPrograms(
  shared: string,
  work: string,
  argv: readonly string[],
  problems?: { readonly start: number; readonly fate: Fate },
): Watched {
  nameAll(shared);
  // A length of sleep that no other process of this machine has.
  const word = `100000.${process.pid}${work.replace(/\D/g, '')}${problems?.start ?? 0}`;
  const script = join(work, 'script');
  const fates: Record<Fate, string> = {
    fails: 'echo "broken on purpose" >&2; exit 42',
    hangs: `trap '' TERM INT HUP; /usr/bin/sleep ${word} & /usr/bin/sleep ${word}`,
  };
  writeFileSync(
    script,
    `#!/bin/dash
${numberStart(work)}
printf '%s' "\${0##*/} $*" > ${work}/start.$n
[ $n = ${problems?.start ?? 0} ] && { ${problems === undefined ? ':' : fates[problems.fate]}; }
for folder in ${others.join(' ')}; do
  [ -x $folder/\${0##*/} ] && exec $folder/\${0##*/} "$@"
done
exit 127
`,
  );
  chmodSync(script, 0o755);
  const enter = `
    system('mount', '--bind', '${shared}', '${first}') == 0 or die;
    system('mount', '--bind', '${script}', '${first}/${scriptName}') == 0 or die;
    exec @ARGV;`;
  return {
    argv: ['unshare', '--mount', '--', 'perl', '-e', enter, ...argv],
    starts: () =>
      readdirSync(work)
        .flatMap((name) => /^start\.(\d+)$/.exec(name)?.[1] ?? [])
        .sort((a, b) => Number(a) - Number(b))
        .map((number) => readFileSync(join(work, `start.${number}`), 'utf8')),
    hanging: () => pids().filter((pid) => wordsOf(pid).includes(word)),
  };
}

const scriptName = '.script';

/** Lines of sh that set n to the number of this start, from 1: no other start has it. */
export const numberStart = (work: string): string => `set -C
n=1
until true 2>/dev/null >${work}/start.$n; do n=$((n + 1)); done
set +C`;

/** Gives every program of the machine its name in the folder, where there are none yet. */
function nameAll(shared: string): void {
  mkdirSync(shared, { recursive: true });
  if (readdirSync(shared).length > 0) return;
  const names = new Set(others.flatMap((folder) => readdirSync(folder)));
  writeFileSync(join(shared, scriptName), '');
  for (const name of names) symlinkSync(scriptName, join(shared, name));
}

function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // It ended meanwhile.
  }
}
