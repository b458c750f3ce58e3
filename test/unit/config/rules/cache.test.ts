import { expect, test } from '@jest/globals';
import { asInput, checkName } from '../../../../src/config/rules/names.js';

test.each(['mount', 'commit'] as const)('%s refuses cache and its size', (command) => {
  for (const name of ['cache', 'cache-size'])
    expect(checkName(name, asInput, command)).toMatchObject({ problem: `is not an option of ${command}` });
});
