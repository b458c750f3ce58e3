import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { functions, refusedFunctions } from '../../../src/packer/hcl/functions/table.js';
import { readTasks } from '../../../src/steps/scripts.js';
import { configOf, issuesOf } from '../config/reading.js';
import { workspaceWith } from './hcl/reading.js';

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
  expect(template).toEqual({ name: 'web', type: 'outscale-chroot', manifests: [], data: [] });
  // `binary` of a template keeps Windows line ends, which is not an option.
  const same = provisioners.map(({ binary: _binary, ...one }) => one);
  expect({ ...translated.provision, provisioners: same }).toEqual(native.provision);
  for (const group of ['source', 'volume', 'mount', 'image', 'access'] as const)
    expect(translated[group]).toEqual(native[group]);
  expect(() => readTasks(translated, '/nowhere')).toThrow(/setup.sh cannot be read/);
});

test('the template in HCL2 of the guide is valid as it is, and names each function', async () => {
  const none = { 'source-omi': '', 'omi-name': '', variables: 'version=1.2.3' };
  const base = {
    id: 'ami-12345678',
    name: 'Debian-12-x',
    owner: '1',
    owner_name: 'Outscale',
    creation_date: '',
    tags: new Map<string, string>(),
  };
  const files = workspaceWith({ 'packer/web.pkr.hcl': block('hcl') });
  const images = new Map([['outscale-omi.base', base]]);
  const { source, image, provision } = await configOf({ ...none, config: 'packer' }, { ...files, images });
  expect(source.source_omi).toBe('ami-12345678');
  expect(image.omi_name).toMatch(/^web 1\.2\.3 \d{4}-\d\d-\d\d$/);
  expect(image.omi_block_device_mappings).toMatchObject([{ device_name: '/dev/sda1' }]);
  expect(provision.provisioners?.[1]).toMatchObject({
    run: '#!/bin/sh -e\nmkdir -p /srv\necho a >> /srv/names\necho b >> /srv/names\n\n',
  });
  expect(await issuesOf({ ...none, variables: 'version=x', config: 'packer' }, files)).toEqual([
    expect.stringContaining('The version must have digits and dots only.'),
  ]);
  for (const name of [...Object.keys(functions), ...Object.keys(refusedFunctions)])
    expect(guide).toContain(`\`${name}\``);
});
