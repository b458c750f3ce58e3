import { textsIn } from '../input/refuse-templates.js';
import { hasSecretFields, isUrl, passwordsIn, secretsInFields } from '../input/secrets-and-names.js';
import type { Environment } from '../kit/context.js';
import { variable } from '../kit/context.js';
import { kebab } from '../kit/option.js';
import { allOptions } from '../options/table.js';
import type { Remark } from './remark.js';

/** The secrets of a workflow that take the place of secret options. */
const secretNames: Readonly<Record<string, string>> = {
  access_key: 'OSC_ACCESS_KEY',
  secret_key: 'OSC_SECRET_KEY',
  token: 'OSC_SESSION_TOKEN',
  custom_endpoint_oapi: 'OSC_ENDPOINT_API',
};

/** Environment variables whose value is a secret. */
const secretVariables = ['OSC_SECRET_KEY', 'OUTSCALE_SECRETKEYID'];

/** The beginning of an expression of a workflow. */
const begin = '${{';

/** The expression of a workflow for a secret. */
export const expression = (secret: string): string => `${begin} secrets.${secret} }}`;

/** The name of a variable as the name of a secret. */
const secretName = (name: string): string =>
  name
    .toUpperCase()
    .replaceAll(/\W/g, '_')
    .replace(/^(?=\d)/, '_');

/** Replaces secrets by expressions of a workflow. */
export class Secrets {
  /** The inputs that take the place of secret options. */
  readonly inputs = new Map<string, string>();
  /** Whether a text was replaced. */
  found = false;
  readonly #expressions = new Map<string, string>();

  /** @param variables the values of sensitive variables, by name */
  constructor(
    values: ReadonlyMap<string, unknown>,
    variables: ReadonlyMap<string, string>,
    environment: Environment,
  ) {
    for (const [name, value] of variables) this.#add(value, secretName(name));
    for (const name of secretVariables) this.#add(variable(environment, name) ?? '', 'OSC_SECRET_KEY');
    for (const [name, value] of values) {
      if (hasSecretFields(name))
        for (const [index, secret] of secretsInFields(value).entries())
          this.#add(secret, `REGION_SECRET_KEY_${index + 1}`);
      if (typeof value !== 'string' || !isSecret(name, value)) continue;
      const secret = secretNames[name] ?? secretName(name);
      this.inputs.set(kebab(name), expression(secret));
      this.#add(value, secret);
      for (const password of isUrl(name) ? passwordsIn(value) : []) this.#add(password, `${secret}_PASSWORD`);
    }
  }

  /** A value of a template without the options that are inputs, and with expressions in its texts. */
  without(values: ReadonlyMap<string, unknown>, remarks: Remark[]): ReadonlyMap<string, unknown> {
    const options = [...values].filter(([name]) => !this.inputs.has(kebab(name)));
    // Whether there is a secret decides about all texts.
    for (const { text } of textsIn(new Map(options))) this.inText(text);
    return new Map(options.map(([name, value]) => [name, this.#inValue(value, [name], remarks)]));
  }

  /** A text without secrets. */
  inText(text: string): string {
    // A workflow evaluates the expressions of the template too, once there is one of a secret.
    const literals = this.found ? [begin] : [];
    const found = [...this.#expressions.keys(), ...literals].toSorted(
      (one, other) => other.length - one.length,
    );
    if (found.length === 0) return text;
    const any = new RegExp(found.map((one) => one.replaceAll(/[^\w\s]/g, '\\$&')).join('|'), 'g');
    return text.replaceAll(any, (one) => {
      const secret = this.#expressions.get(one);
      this.found ||= secret !== undefined;
      return secret ?? `${begin} '${begin}' }}`;
    });
  }

  #inValue(value: unknown, at: Remark['at'], remarks: Remark[]): unknown {
    if (typeof value === 'string') {
      const text = this.inText(value);
      const lost = [...this.#expressions.keys()].filter((one) => one.includes('\n') && value.includes(one));
      // The lines of a secret would not have the indentation of the text.
      if (lost.length > 0) remarks.push({ at, text: `${at.at(-1)} contains a secret of several lines` });
      return text;
    }
    if (Array.isArray(value))
      return value.map((one: unknown, index) => this.#inValue(one, [...at, index], remarks));
    if (!(value instanceof Map)) return value;
    const isTable = allOptions[String(at[0])]?.type.name === 'map' && at.length === 1;
    const entries = [...value].map(
      ([key, one]: [unknown, unknown]) =>
        [
          isTable ? this.inText(String(key)) : key,
          this.#inValue(one, [...at, String(key)], remarks),
        ] as const,
    );
    return new Map(entries);
  }

  #add(value: string, secret: string): void {
    if (value !== '' && !this.#expressions.has(value)) this.#expressions.set(value, expression(secret));
  }
}

const isSecret = (name: string, value: string): boolean =>
  name === 'access_key' ||
  allOptions[name]?.secret === true ||
  (isUrl(name) && passwordsIn(value).length > 0);
