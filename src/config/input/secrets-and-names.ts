import { type Environment, variable } from '../kit/context.js';
import { kebab } from '../kit/option.js';
import { allOptions } from '../options/table.js';

/** Environment variables that hold URLs, in upper or lower case. */
const urlVariables = [
  'OSC_ENDPOINT_API',
  'OSC_ENDPOINT_OOS',
  'OUTSCALE_OAPI_URL',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
];

const secretVariables = ['OSC_SECRET_KEY', 'OUTSCALE_SECRETKEYID'];

/**
 * The secrets in inputs and environment variables, to be masked before the first log line. Access keys are
 * not masked: they are identifiers, and the runner drops job outputs that contain a masked text.
 * @param read returns the text of an option by its kebab-case name
 */
export function secretTexts(
  read: (name: string) => string | undefined,
  environment: Environment,
): readonly string[] {
  const options = Object.entries(allOptions);
  const secrets = [
    ...options.flatMap(([name, { secret }]) => (secret ? read(kebab(name)) : [])),
    ...options.flatMap(([name]) => (hasSecretFields(name) ? secretsInFields(read(kebab(name))) : [])),
    ...secretVariables.map((name) => variable(environment, name)),
  ];
  const urls = [
    ...options.flatMap(([name]) => (isUrl(name) ? read(kebab(name)) : [])),
    ...urlVariables.flatMap((name) => [environment[name], environment[name.toLowerCase()]]),
  ];
  return [...secrets, ...urls.flatMap(passwordsIn)].flatMap((text) => (text ? [text] : []));
}

/**
 * The secrets in the fields of an option: secret keys, and passwords of endpoints. Also those in a text that
 * is not valid YAML, which a message may quote.
 * @param value text, or parsed YAML
 */
export function secretsInFields(value: unknown): string[] {
  if (typeof value === 'string')
    return [...value.matchAll(secretField)].flatMap(([, name = '', quoted, single, plain]) =>
      secretsOf(name, quoted ?? single ?? plain ?? ''),
    );
  if (Array.isArray(value)) return value.flatMap((one: unknown) => secretsInFields(one));
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([name, one]: [unknown, unknown]) =>
    typeof one === 'string' ? secretsOf(String(name), one) : secretsInFields(one),
  );
}

/** Whether an option has fields that are secret. */
export const hasSecretFields = (option: string): boolean => option === 'omi_regions';

/** A field in YAML, in JSON, or as `NAME=VALUE`. */
const secretField = /(secret_key|custom_endpoint_oapi)["']?\s*[:=]\s*(?:"([^"]*)"|'([^']*)'|([^\s,}]+))/g;

const secretsOf = (field: string, text: string): string[] =>
  field === 'secret_key' ? [text] : isUrl(field) ? passwordsIn(text) : [];

/** Whether an option is a URL, which may contain a password. */
export const isUrl = (option: string): boolean =>
  ['custom_endpoint_oapi', 'custom_endpoint_oos', 'metadata_endpoint'].includes(option);

/** The secret parts of a URL: `USER:PASSWORD`, and the password, percent-encoded and decoded. */
export function passwordsIn(url = ''): string[] {
  const [, user = '', password = ''] =
    /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#@:]*):([^/?#]*)@/i.exec(url) ?? [];
  return password === '' ? [] : [`${user}:${password}`, password, decoded(password)];
}

/** Keeps a text with invalid percent-encoding as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The names of all inputs that the runner passes, including inputs that the action does not declare: the
 * runner only warns about those. It passes names in upper case and keeps hyphens.
 */
export const inputNames = (environment: Environment): string[] =>
  Object.keys(environment)
    .filter((name) => name.startsWith('INPUT_'))
    .map((name) => name.slice('INPUT_'.length).toLowerCase());
