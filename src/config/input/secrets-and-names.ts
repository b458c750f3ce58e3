import { type Environment, variable } from '../kit/context.js';
import { kebab } from '../kit/option.js';
import { allOptions } from '../options/table.js';

/** The usual variables that hold URLs, in either case. */
const urlVariables = ['OSC_ENDPOINT_API', 'OUTSCALE_OAPI_URL', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

const secretVariables = ['OSC_SECRET_KEY', 'OUTSCALE_SECRETKEYID'];

/**
 * The secrets that are there before anything is read or checked: to be masked before the first line. An access key
 * only names a user: the runner drops a job output that holds a masked text, so nothing is masked without need.
 * @param read the text of an option by its kebab-case name
 */
export function secretTexts(
  read: (name: string) => string | undefined,
  environment: Environment,
): readonly string[] {
  const options = Object.entries(allOptions);
  const secrets = [
    ...options.flatMap(([name, { secret }]) => (secret ? read(kebab(name)) : [])),
    ...secretVariables.map((name) => variable(environment, name)),
  ];
  const urls = [
    ...options.flatMap(([name]) => (isUrl(name) ? read(kebab(name)) : [])),
    ...urlVariables.flatMap((name) => [environment[name], environment[name.toLowerCase()]]),
  ];
  return [...secrets, ...urls.flatMap(passwordsIn)].flatMap((text) => (text ? [text] : []));
}

/** Whether an option is a URL, which may have a password in it. */
export const isUrl = (option: string): boolean =>
  option === 'custom_endpoint_oapi' || option === 'metadata_endpoint';

/** What must not be shown of a URL: `USER:PASSWORD`, and the password as it is written and as it is meant. */
export function passwordsIn(url = ''): string[] {
  const [, user = '', password = ''] =
    /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#@:]*):([^/?#]*)@/i.exec(url) ?? [];
  return password === '' ? [] : [`${user}:${password}`, password, decoded(password)];
}

/** Percent signs that encode nothing stay as they are. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The inputs that the runner passes, known to the action or not: one that it does not know comes with a mere
 * warning, in upper case and with hyphens kept.
 */
export const inputNames = (environment: Environment): string[] =>
  Object.keys(environment)
    .filter((name) => name.startsWith('INPUT_'))
    .map((name) => name.slice('INPUT_'.length).toLowerCase());
