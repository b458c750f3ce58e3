import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { ConfigError } from '../../../src/config/kit/issues.js';
import { optionsOf, table } from '../../../src/config/options/table.js';
import { readConfig } from '../../../src/config/read.js';
import { context, enough } from './reading.js';

const inputs = Object.keys(optionsOf('build')).map((name) => name.replaceAll('_', '-'));

/** Text that goes further into the readers than pure noise does. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.json({ maxDepth: 3 }),
  fc
    .array(
      fc.constantFrom('a', ':', '/', '=', '\n', '[', ']', '{', '}', '- ', ', ', '*', '&', '"', '{{', '0'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    'true',
    '12',
    'ami-1',
    'eu-west-2',
    '/a',
    'a:/b',
    'a,b,/c',
    '[[a, b, /c]]',
    'A=1',
    '{A: 1}',
  ),
);

/** A file or an inline text with options, some of them of none or of older names. */
const keys = [
  ...Object.keys(optionsOf('build')),
  'ami_name',
  'mfa_code',
  'type',
  'omi_nam',
  'omi-name',
  '',
  'a\nb',
];
const value = fc.oneof(
  text,
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
  fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 2 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const fileText = fc.oneof(
  fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }).map((one) => JSON.stringify(one)),
  fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }).map((one) => stringify(one)),
  text,
);

/** The name that a line begins with, without its place. */
const named = (option: string): string => (option.split(/, | \(/)[0] ?? '').replaceAll('_', '-');

test('any texts make a configuration or an error that names options of the table', async () => {
  let valid = 0;
  const property = fc.asyncProperty(
    fc.dictionary(fc.constantFrom(...inputs), text, { maxKeys: 5, noNullPrototype: true }),
    fc.oneof(fc.constant(null), fileText),
    fc.boolean(),
    async (given, file, withTheRequired) => {
      const all: Readonly<Record<string, string>> = {
        ...given,
        ...(file === null ? {} : { config: 'a.yml' }),
        ...(withTheRequired ? enough : {}),
      };
      const readFile = (path: string): string | undefined =>
        path === 'a.yml' ? (file ?? undefined) : undefined;
      const result: unknown = await readConfig((name) => all[name], context({ readFile })).catch(
        (error: unknown) => error,
      );
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(ConfigError);
        const issues = result instanceof ConfigError ? result.issues : [];
        expect(issues.length).toBeGreaterThan(0);
        for (const { option, problem } of issues)
          if (
            problem !== 'is not an option' &&
            !/^cannot be|^is not supported: |^is not a supported builder/.test(problem)
          )
            expect([...inputs, 'ami-name']).toContain(named(option));
        expect(result.message).not.toMatch(/undefined|\[object/);
      } else {
        expect(Object.keys(Object(result))).toEqual(Object.keys(table));
        valid += 1;
      }
    },
  );
  await fc.assert(property, { numRuns: 2000 });
  expect(valid).toBeGreaterThan(100);
});

test('an error never quotes a secret', async () => {
  const secrets = ['access-key', 'secret-key', 'token'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...secrets),
      fc.string({ unit: 'binary', maxLength: 20 }),
      async (name, tail) => {
        const error: unknown = await readConfig(
          (one) => (one === name ? `S3cr3t${tail}` : undefined),
          context(),
        ).catch((one: unknown) => one);
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).not.toContain('S3cr3t');
      },
    ),
  );
});
