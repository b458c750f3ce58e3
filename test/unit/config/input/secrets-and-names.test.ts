import { expect, test } from '@jest/globals';
import { secretTexts } from '../../../../src/config/input/secrets-and-names.js';

test('only secret options and variables are secrets, not access keys', () => {
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

test('passwords in URLs of options, variables and proxies are secrets', () => {
  const inputs: Readonly<Record<string, string>> = {
    'custom-endpoint-oapi': 'https://ops:p%40ss@cloud.example/api',
    'metadata-endpoint': 'http://127.0.0.1:8080/meta@data',
  };
  const environment = { https_proxy: 'http://me:sec:ret@proxy:3128', HTTP_PROXY: 'proxy:3128' };
  expect(secretTexts((name) => inputs[name], environment)).toEqual([
    'ops:p%40ss',
    'p%40ss',
    'p@ss',
    'me:sec:ret',
    'sec:ret',
    'sec:ret',
  ]);
});
