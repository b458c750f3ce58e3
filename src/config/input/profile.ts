import { type ReadContext, variable } from '../kit/context.js';
import { refuse } from '../kit/issues.js';

/** One profile of the shared credentials file. */
export interface Profile {
  /** For messages: `profile default of /root/.osc/config.json`. */
  readonly label: string;
  /** The text of a field; a dot separates nested fields, as in `endpoints.api`. */
  field(name: string): string | undefined;
}

/**
 * Finds the profile: the one set as option, else `OSC_PROFILE`, else `default`. The file is `OSC_CONFIG_FILE`
 * or `~/.osc/config.json`, a JSON object of profiles by name. Only a profile that is set as option must
 * exist; any other missing profile counts as empty.
 * @throws InvalidValueError if the file is invalid, or the profile set as option is not in it
 */
export function findProfile(chosen: string | undefined, context: ReadContext): Profile {
  const name = chosen ?? variable(context.environment, 'OSC_PROFILE') ?? 'default';
  const file = variable(context.environment, 'OSC_CONFIG_FILE') ?? `${context.home}/.osc/config.json`;
  const profiles = profilesIn(file, context);
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found === undefined && chosen !== undefined)
    refuse(`is not in ${file}`, `must be one of: ${Object.keys(profiles).join(', ') || '(none)'}`, name);
  return {
    label: `profile ${name} of ${file}`,
    field: (path) => textAt(found, path.split('.')),
  };
}

/** Discards the message of the JSON parser: it quotes the file, which contains secret keys. */
function profilesIn(file: string, context: ReadContext): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(context.readFile(file) ?? '{}');
    if (isRecord(parsed)) return parsed;
  } catch {
    // Reported below, without the message of the parser.
  }
  return refuse(`cannot be read: ${file} is not a JSON object of profiles`, 'fix that file');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textAt(value: unknown, [first, ...rest]: readonly string[]): string | undefined {
  if (first === undefined) return typeof value === 'string' && value !== '' ? value : undefined;
  return isRecord(value) && Object.hasOwn(value, first) ? textAt(value[first], rest) : undefined;
}
