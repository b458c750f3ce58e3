import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readTasks } from '../../../src/steps/scripts.js';
import { configOf } from '../config/reading.js';

const guide = readFileSync('docs/guides/coming-from-packer.md', 'utf8');

/** The code after a comment of the guide. */
const block = (name: string): string =>
  new RegExp(`<!-- test: ${name} -->\n\`\`\`\\w+\n(.*?)\`\`\``, 's').exec(guide)?.[1] ?? '';

test('the template of the guide and its options are the same configuration', async () => {
  const none = { 'source-omi': '', 'omi-name': '' };
  const native = await configOf({ ...none, config: block('options') });
  const { template, ...translated } = await configOf({
    ...none,
    config: block('template'),
    variables: 'source=ami-12345678',
  }).then((config): { template?: unknown } & typeof config => config);
  const { provisioners = [] } = translated.provision;
  expect(template).toEqual({ name: 'web', type: 'outscale-chroot', manifests: [] });
  // `binary` of a template keeps Windows line ends, which is not an option.
  const same = provisioners.map(({ binary: _binary, ...one }) => one);
  expect({ ...translated.provision, provisioners: same }).toEqual(native.provision);
  for (const group of ['source', 'volume', 'mount', 'image', 'access'] as const)
    expect(translated[group]).toEqual(native[group]);
  expect(() => readTasks(translated, '/nowhere')).toThrow(/setup.sh cannot be read/);
});
