import { BuildError } from '../../common/errors.js';

/** Time limits of local commands, in seconds: short commands, work on a whole disk, the copy of a disk. */
const defaults = { quick: 30, disk: 1800, copy: 3600 };
export type Limit = keyof typeof defaults;

/** The environment variable that changes the limits, as in `quick=60 disk=7200`. */
const variable = 'BUILD_OMI_COMMAND_LIMITS';

const isLimit = (name: string): name is Limit => Object.hasOwn(defaults, name);

/**
 * The limits of an environment, in seconds.
 * @throws BuildError when the variable is not a list of kinds and seconds.
 */
export function limitsIn(environment: NodeJS.ProcessEnv): Readonly<Record<Limit, number>> {
  const timeLimits = { ...defaults };
  for (const word of (environment[variable] ?? '').split(/[\s,]+/).filter(Boolean)) {
    const [, kind = '', seconds] = /^(\w+)=(\d+)s?$/.exec(word) ?? [];
    if (!isLimit(kind) || Number(seconds) === 0) {
      throw new BuildError(`${variable}: ${word} is not a valid limit`, {
        hint: `Write whole seconds, as in ${Object.entries(defaults)
          .map((one) => one.join('='))
          .join(' ')}`,
      });
    }
    timeLimits[kind] = Number(seconds);
  }
  return timeLimits;
}

/** The limit of a kind in milliseconds, and the hint for a limit that is too short. */
export function limitOf(kind: Limit): { readonly ms: number; readonly text: string; readonly hint: string } {
  // Read at each call: the privileged child receives the user's environment after its start.
  const seconds = limitsIn(process.env)[kind];
  return {
    ms: seconds * 1000,
    text: `within ${seconds} s`,
    hint: `If it is only slow, set ${variable}=${kind}=SECONDS.`,
  };
}
