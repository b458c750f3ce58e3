import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { jsonSchema } from '../../../../src/config/docs/json-schema.js';
import { allOptions } from '../../../../src/config/options/table.js';

const ajv = new Ajv({ allowUnionTypes: true });
const validate = ajv.compile(JSON.parse(jsonSchema()));

test('schema.json is the generated schema, with one property per option', () => {
  expect(readFileSync('schema.json', 'utf8')).toBe(jsonSchema());
  const { properties } = JSON.parse(jsonSchema());
  for (const name of Object.keys(allOptions))
    expect(name in properties).toBe(name !== 'config' && name !== 'build_id');
});

test.each([
  '{}',
  'type: osc-chroot\nami_name: packer-outscale-chroot {{timestamp}}\nsource_ami: ami-3e158364',
  'omi_name: a name\nomi_description: 0755\ntags: {a: 1.10, b: ~, c: yes, d: 2026-11-21}',
  'chroot_mounts: [[proc, proc, /proc], [bind, /dev, /dev]]\ncopy_files: []\nmount_options: |\n  noatime',
  'files:\n- a:/b:0644\n- {source: c, destination: /d, mode: 0755}\nenv: A=1\nscripts: [a.sh]',
  'root_volume_size: 15\nroot_volume_type: gp2\nimage_timeout: 1h30m\ninsecure_skip_tls_verify: True',
  'source_omi_filter: {filters: {image-name: "Debian*"}, owners: [099720109477], most_recent: true}',
  'from_scratch: true\nomi_block_device_mappings: [{device_name: xvdf, delete_on_termination: true, volume_type: gp2}]',
  'provisioners: [{run: a}, {file: "a:/b"}, {script: c.sh, timeout: 5m}]',
])('takes %j', (text) => {
  validate(parse(text));
  expect(validate.errors).toBeNull();
});

test.each([
  ['omi_nam: x'],
  ['config: other.yml'],
  ['root_volume_size: ten'],
  ['root_volume_size: 0'],
  ['root_volume_type: gp3'],
  ['image_timeout: 90'],
  ['image_timeout: soon'],
  ['chroot_mounts: [[proc, /proc]]'],
  ['files: [{source: a}]'],
  ['files: [{source: a, destination: /b, color: c}]'],
  ['tags: [a]'],
  ['omi_name: [a]'],
  ['insecure_skip_tls_verify: 1'],
  ['source_omi: debian'],
  ['type: amazon-ebs'],
  ['source_omi_filter: {filters: {name: x}}'],
  ['omi_block_device_mappings: [{device_name: xvdf, color: red}]'],
  ['[]'],
])('refuses %s', (text) => {
  expect(validate(parse(text))).toBe(false);
});
