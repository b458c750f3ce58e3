import { expect, test } from '@jest/globals';
import { inputNames } from '../../../../src/config/input/secrets-and-names.js';
import { asInput, asKey, checkName } from '../../../../src/config/rules/names.js';

test('inputs are the environment variables that begin with INPUT_', () => {
  expect(inputNames({ 'INPUT_OMI-NAME': 'x', INPUT_RUN: '', OMI_NAME: 'x', MY_INPUT_X: 'y' })).toEqual([
    'omi-name',
    'run',
  ]);
});

test('current option names have no issue', () => {
  expect(checkName('omi-name', asInput)).toBeUndefined();
  expect(checkName('omi_name', asKey)).toBeUndefined();
  expect(checkName('type', asKey)).toBeUndefined();
});

test.each([
  ['omi_name', 'write omi-name: inputs use hyphens'],
  ['omi-nam', 'did you mean omi-name?'],
  ['root_volume_siez', 'did you mean root-volume-size?'],
  ['script', 'did you mean scripts?'],
])('the input %s', (name, fix) => {
  expect(checkName(name, asInput)).toEqual({ problem: 'is not an input of this action', fix });
});

test.each([
  ['omi-name', 'write omi_name: files use underscores'],
  ['omi_nam', 'did you mean omi_name?'],
  ['Tags', 'did you mean tags?'],
])('the key %s', (name, fix) => {
  expect(checkName(name, asKey)).toEqual({ problem: 'is not an option', fix });
});

test('the error of a name without a similar one lists all names', () => {
  expect(checkName('quite-another-thing', asInput)).toHaveProperty(
    'hint',
    expect.stringMatching(/^The inputs are: access-key, .*, dry-run$/),
  );
  expect(checkName('__proto__', asKey)).toHaveProperty('hint', expect.stringMatching(/^The options are: /));
});

test.each([
  ['ami_name', asKey, 'ami_name is a legacy name: use omi_name'],
  ['ami_name', asInput, 'ami_name is a legacy name: use omi-name'],
  ['source-ami', asInput, 'source-ami is a legacy name: use source-omi'],
  ['ami_description', asKey, 'ami_description is a legacy name: use omi_description'],
  ['oapi_custom_endpoint', asKey, 'oapi_custom_endpoint is a legacy name: use custom_endpoint_oapi'],
  ['custom_endpoint_ec2', asKey, 'custom_endpoint_ec2 is a legacy name: use custom_endpoint_oapi'],
  ['launch_block_device_mappings', asKey, 'launch_block_device_mappings is ignored: no VM is launched'],
  [
    'skip_metadata_api_check',
    asKey,
    'skip_metadata_api_check is ignored: the metadata service is used only for values that are not set',
  ],
])('%s gets a notice', (name, spelling, notice) => {
  expect(checkName(name, spelling)).toEqual({ notice });
});

test.each([
  ['encrypt_boot', 'is not supported: the volume API has no encryption'],
  ['kms_key_id', 'is not supported: the volume API has no encryption'],
  ['region_kms_key_ids', 'is not supported: the volume API has no encryption'],
  ['mfa_code', 'is not supported: requests are signed with access keys only'],
])('%s is refused with the reason', (name, problem) => {
  expect(checkName(name, asKey)).toMatchObject({ problem });
});
