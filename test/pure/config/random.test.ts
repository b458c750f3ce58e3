import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ConfigError } from '../../../src/config/mistake.js';
import { readConfig } from '../../../src/config/read.js';
import { allOptions, table } from '../../../src/config/table.js';
import { enough, known } from './reading.js';

const inputs = Object.keys(allOptions).map((name) => name.replaceAll('_', '-'));

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

test('any texts make a configuration or an error that names options of the table', async () => {
  let valid = 0;
  const property = fc.asyncProperty(
    fc.dictionary(fc.constantFrom(...inputs), text, { maxKeys: 5, noNullPrototype: true }),
    fc.boolean(),
    async (given, withTheRequired) => {
      const all: Readonly<Record<string, string>> = withTheRequired ? { ...given, ...enough } : given;
      const result: unknown = await readConfig((name) => all[name], known()).catch((error: unknown) => error);
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(ConfigError);
        const mistakes = result instanceof ConfigError ? result.mistakes : [];
        expect(mistakes.length).toBeGreaterThan(0);
        for (const { option } of mistakes) expect(inputs).toContain(option.split(', ')[0]);
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

test('a secret is never quoted in an error', async () => {
  const secrets = ['access-key', 'secret-key', 'token'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...secrets),
      fc.string({ unit: 'binary', maxLength: 20 }),
      async (name, tail) => {
        const error: unknown = await readConfig(
          (one) => (one === name ? `S3cr3t${tail}` : undefined),
          known(),
        ).catch((one: unknown) => one);
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).not.toContain('S3cr3t');
      },
    ),
  );
});
