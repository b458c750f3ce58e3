import { expect, test } from '@jest/globals';
import { secretTexts } from '../../../src/config/secrets.js';

test('the secret options and variables, and nothing else: an access key is none', () => {
  const inputs: Readonly<Record<string, string>> = {
    'access-key': 'AK',
    'secret-key': 'SK',
    token: '',
    region: 'eu-west-2',
    profile: 'work',
  };
  const environment = {
    OSC_ACCESS_KEY: 'EAK',
    OSC_SECRET_KEY: 'ESK',
    OUTSCALE_SECRETKEYID: 'OSK',
    OSC_REGION: 'r',
  };
  expect(secretTexts((name) => inputs[name], environment)).toEqual(['SK', 'ESK', 'OSK']);
});
