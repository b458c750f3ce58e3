import { expect, test } from '@jest/globals';
import { inputNames } from '../../../../src/config/input/secrets-and-names.js';
import { asInput, asKey, checkName } from '../../../../src/config/rules/names.js';

test('inputs are the variables that begin with INPUT_', () => {
  expect(inputNames({ 'INPUT_OMI-NAME': 'x', INPUT_RUN: '', OMI_NAME: 'x', MY_INPUT_X: 'y' })).toEqual([
    'omi-name',
    'run',
  ]);
});

test('names of options are left alone', () => {
  expect(checkName('omi-name', asInput)).toBeUndefined();
  expect(checkName('omi_name', asKey)).toBeUndefined();
  expect(checkName('type', asKey)).toBeUndefined();
});

test.each([
  ['omi_name', 'write omi-name: an input has hyphens'],
  ['omi-nam', 'did you mean omi-name?'],
  ['root_volume_siez', 'did you mean root-volume-size?'],
  ['script', 'did you mean scripts?'],
])('the input %s', (name, fix) => {
  expect(checkName(name, asInput)).toEqual({ problem: 'is no input of this action', fix });
});

test.each([
  ['omi-name', 'write omi_name: a file has underscores'],
  ['omi_nam', 'did you mean omi_name?'],
  ['Tags', 'did you mean tags?'],
])('the key %s', (name, fix) => {
  expect(checkName(name, asKey)).toEqual({ problem: 'is no option', fix });
});

test('what resembles nothing gets the list', () => {
  expect(checkName('quite-another-thing', asInput)).toHaveProperty(
    'fix',
    expect.stringMatching(/^the inputs are access-key, .*, state-dir$/),
  );
  expect(checkName('__proto__', asKey)).toHaveProperty('fix', expect.stringMatching(/^the options are/));
});

test.each([
  ['ami_name', asKey, 'ami_name is an older name of omi_name'],
  ['ami_name', asInput, 'ami_name is an older name of omi-name'],
  ['source-ami', asInput, 'source-ami is an older name of source-omi'],
  ['ami_description', asKey, 'ami_description is an older name of omi_description'],
  ['oapi_custom_endpoint', asKey, 'oapi_custom_endpoint is an older name of custom_endpoint_oapi'],
  ['custom_endpoint_ec2', asKey, 'custom_endpoint_ec2 is an older name of custom_endpoint_oapi'],
  ['launch_block_device_mappings', asKey, 'launch_block_device_mappings is ignored: no VM is launched'],
  [
    'skip_metadata_api_check',
    asKey,
    'skip_metadata_api_check is ignored: the metadata service is asked only for what is not given',
  ],
])('%s gets a notice', (name, spelling, notice) => {
  expect(checkName(name, spelling)).toEqual({ notice });
});

test.each([
  ['omi_regions', 'cannot be done: the API copies only inside a region'],
  ['ami_regions', 'cannot be done: the API copies only inside a region'],
  ['encrypt_boot', 'cannot be done: the volume API has no encryption'],
  ['kms_key_id', 'cannot be done: the volume API has no encryption'],
  ['region_kms_key_ids', 'cannot be done: the volume API has no encryption'],
  ['mfa_code', 'cannot be used: requests are signed with keys alone'],
])('%s is refused with the reason', (name, problem) => {
  expect(checkName(name, asKey)).toMatchObject({ problem });
});
