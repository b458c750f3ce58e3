import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { asKey, checkName } from '../../../../src/config/rules/names.js';
import { configOf, issuesOf } from '../reading.js';

/** The option names of other builders, where the checkout has the list beside it. */
const peers = join(resolve(import.meta.dirname, '../../../../..'), 'shared/PEER_OPTIONS.md');

/** The option names of the builders of a section: the list of its `FlatConfig`. */
const namesIn = (section: string): string[] =>
  [...(/^- `FlatConfig`: (.*)$/m.exec(section)?.[1] ?? '').matchAll(/(\w+) \(/g)].map(
    ([, name = '']) => name,
  );

test('every option of the builders of Outscale and of amazon-chroot is known, ignored or refused with a reason', () => {
  if (!existsSync(peers)) return;
  const sections = readFileSync(peers, 'utf8')
    .split(/^## /m)
    .filter((section) => /^(outscale-|amazon-chroot)/.test(section));
  const names = new Set(sections.flatMap(namesIn));
  expect(sections).toHaveLength(5);
  expect(names.size).toBeGreaterThan(150);
  const unknown = [...names].filter((name) => {
    const check = checkName(name, asKey);
    return check !== undefined && 'problem' in check && check.problem === asKey.problem;
  });
  expect(unknown).toEqual([]);
});

const inFile = async (text: string) => await configOf({ config: text });

test.each([
  ['legacy-bios', ['legacy']],
  ['uefi', ['uefi']],
  ['uefi-preferred', ['legacy', 'uefi']],
])('boot_mode %s means omi_boot_modes', async (written, modes) => {
  const { image } = await inFile(`boot_mode: ${written}\nami_architecture: x86_64\ntpm_support: v2.0`);
  expect(image).toMatchObject({ omi_boot_modes: modes, architecture: 'x86_64', tpm_mandatory: true });
});

test('tag blocks mean tags', async () => {
  const { image, volume } = await inFile(
    '{"tag": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}], "root_volume_tag": {"key": "c", "value": "3"}}',
  );
  expect(image.tags).toEqual({ a: '1', b: '2' });
  expect(volume.root_volume_tags).toEqual({ c: '3' });
});

test('a mapping ignores encrypted: false and refuses encrypted: true', async () => {
  const mapping = (encrypted: boolean): string =>
    `omi_block_device_mappings: [{device_name: /dev/sdb, volume_size: 1, encrypted: ${encrypted}}]`;
  expect((await inFile(mapping(false))).image.omi_block_device_mappings).toHaveLength(1);
  expect(await issuesOf({ config: mapping(true) })).toEqual([
    expect.stringMatching(
      /^omi_block_device_mappings .*asks for encryption, which the volume API does not have/,
    ),
  ]);
});

test.each([
  ['vm_type', 'is not supported: no VM is launched'],
  ['uefi_data', 'is not supported: the API has no such call'],
  ['assume_role', 'is not supported: the API has no such source of credentials'],
])('%s is refused with the reason', (name, problem) => {
  expect(checkName(name, asKey)).toMatchObject({ problem });
});

test.each(['ena_support', 'sriov_support', 'max_retries'])('%s is ignored with a notice', (name) => {
  expect(checkName(name, asKey)).toEqual({ notice: expect.stringMatching(/ is ignored: /) });
});
