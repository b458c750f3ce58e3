import { expect, test } from '@jest/globals';
import { findCredentials } from '../../../../src/config/credentials/credentials.js';
import { context } from '../reading.js';

type Access = Parameters<typeof findCredentials>[0];

const none: Access = {
  access_key: undefined,
  secret_key: undefined,
  token: undefined,
  profile: undefined,
  metadata_endpoint: '',
};
const options = { ...none, access_key: 'option-key', secret_key: 'option-secret' };
const current = { OSC_ACCESS_KEY: 'osc-key', OSC_SECRET_KEY: 'osc-secret' };
const legacy = { OUTSCALE_ACCESSKEYID: 'legacy-key', OUTSCALE_SECRETKEYID: 'legacy-secret' };
const profiles = {
  default: { access_key: 'default-key', secret_key: 'default-secret' },
  work: { access_key: 'work-key', secret_key: 'work-secret' },
  half: { secret_key: 'half-secret' },
  empty: { region: 'eu-west-2' },
};
const readFile = (): string => JSON.stringify(profiles);

test.each<[string, Access, Record<string, string>, string]>([
  ['options', options, { ...current, ...legacy }, 'option'],
  ['options before a profile', { ...options, profile: 'work' }, current, 'option'],
  ['a profile given as option', { ...none, profile: 'work' }, current, 'work'],
  ['OSC_ variables', none, { ...current, ...legacy }, 'osc'],
  ['OSC_ variables beside a profile without keys', { ...none, profile: 'empty' }, current, 'osc'],
  ['OUTSCALE_ variables', none, { ...legacy, OSC_ACCESS_KEY: '' }, 'legacy'],
  ['the default profile', none, {}, 'default'],
  ['the profile of OSC_PROFILE', none, { OSC_PROFILE: 'work' }, 'work'],
])('%s', async (_, access, environment, whose) => {
  const found = await findCredentials(access, context({ environment, readFile }));
  expect(found).toMatchObject({ accessKey: `${whose}-key`, secretKey: `${whose}-secret` });
  expect(found).not.toHaveProperty('sessionToken');
});

const from = async (access: Access, environment: Record<string, string>): Promise<string> =>
  (await findCredentials(access, context({ environment, readFile }))).from;

test('the credentials name their source', async () => {
  expect(await from(options, {})).toBe('the options');
  expect(await from(none, current)).toBe('the environment');
  expect(await from(none, {})).toBe('profile default of /home/user/.osc/config.json');
});

test('a token is used only with the keys of the options', async () => {
  const withToken = { ...options, token: 'temporary' };
  expect(await findCredentials(withToken, context())).toHaveProperty('sessionToken', 'temporary');
});

test.each<[Access, Record<string, string>, string]>([
  [{ ...none, access_key: 'K' }, current, 'access-key is set in the options, but secret-key is not.'],
  [
    none,
    { ...legacy, OSC_ACCESS_KEY: 'K' },
    'OSC_ACCESS_KEY is set in the environment, but OSC_SECRET_KEY is not.',
  ],
  [
    none,
    { OUTSCALE_SECRETKEYID: 'S' },
    'OUTSCALE_SECRETKEYID is set in the environment, but OUTSCALE_ACCESSKEYID is not.',
  ],
  [
    { ...none, profile: 'half' },
    current,
    'secret_key is set in profile half of /home/user/.osc/config.json, but access_key is not.',
  ],
])('half a pair is an error that names the missing key: %#', async (access, environment, message) => {
  await expect(findCredentials(access, context({ environment, readFile }))).rejects.toThrow(message);
});

test('missing credentials are an error', async () => {
  await expect(findCredentials(none, context())).rejects.toThrow(
    'No credentials found for the Outscale API.',
  );
});
