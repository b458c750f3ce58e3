import { type ReadContext, variable } from '../kit/context.js';
import { refuse } from '../kit/issues.js';

/** One profile of the shared credentials file. */
export interface Profile {
  /** For messages: `profile default of /root/.osc/config.json`. */
  readonly label: string;
  /** The text of a field, `endpoints.api` being one inside another. */
  field(name: string): string | undefined;
}

/**
 * Finds the profile that counts: the one given as option, else `OSC_PROFILE`, else `default`.
 * The file is `OSC_CONFIG_FILE` or `~/.osc/config.json`, an object of profiles by name. Only a profile that was
 * given as option must be there; another one that is missing is empty.
 * @throws Refused when the file cannot be used, or the given profile is not in it
 */
export function findProfile(chosen: string | undefined, context: ReadContext): Profile {
  const name = chosen ?? variable(context.environment, 'OSC_PROFILE') ?? 'default';
  const file = variable(context.environment, 'OSC_CONFIG_FILE') ?? `${context.home}/.osc/config.json`;
  const profiles = profilesIn(file, context);
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found === undefined && chosen !== undefined)
    refuse(`is not in ${file}`, `write one of: ${Object.keys(profiles).join(', ') || '(none there)'}`, name);
  return {
    label: `profile ${name} of ${file}`,
    field: (path) => textAt(found, path.split('.')),
  };
}

/** The parser's own message quotes the file, which holds keys: it is not passed on. */
function profilesIn(file: string, context: ReadContext): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(context.readFile(file) ?? '{}');
    if (isRecord(parsed)) return parsed;
  } catch {
    // Said below.
  }
  return refuse(`cannot be looked up: ${file} is no JSON object of profiles`, 'mend that file');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textAt(value: unknown, [first, ...rest]: readonly string[]): string | undefined {
  if (first === undefined) return typeof value === 'string' && value !== '' ? value : undefined;
  return isRecord(value) && Object.hasOwn(value, first) ? textAt(value[first], rest) : undefined;
}
