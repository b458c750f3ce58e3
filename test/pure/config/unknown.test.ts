import { expect, test } from '@jest/globals';
import { unknownInputs } from '../../../src/config/unknown.js';

test('inputs of the action and other variables are left alone', () => {
  expect(unknownInputs({ 'INPUT_OMI-NAME': 'x', INPUT_RUN: '', OMI_NAME: 'x', MY_INPUT_X: 'y' })).toEqual([]);
});

test.each([
  ['INPUT_OMI_NAME', 'omi_name', 'write omi-name: an input has hyphens'],
  ['INPUT_OMI-NAM', 'omi-nam', 'did you mean omi-name?'],
  ['INPUT_ROOT_VOLUME_SIEZ', 'root_volume_siez', 'did you mean root-volume-size?'],
  ['INPUT_SCRIPT', 'script', 'did you mean scripts?'],
])('%s', (variable, option, right) => {
  expect(unknownInputs({ [variable]: '' })).toEqual([{ option, wrong: 'is no input of this action', right }]);
});

test('what resembles nothing gets the list', () => {
  const [mistake] = unknownInputs({ 'INPUT_KEEP-FOREVER': 'x' });
  expect(mistake?.right).toMatch(/^the inputs are access-key, .*, state-dir$/);
});
