import { expect, test } from '@jest/globals';
import { ConfigError } from '../../../src/config/kit/issues.js';
import { readConfig } from '../../../src/config/read.js';
import { configOf, context, issuesOf } from './reading.js';

const shared = (profiles: object): { readFile: (path: string) => string | undefined } => ({
  readFile: (path) => (path === '/home/user/.osc/config.json' ? JSON.stringify(profiles) : undefined),
});

test('one error lists all problems, each with its fix', async () => {
  const inputs = new Map([
    ['omi-name', 'ä'],
    ['root-volume-size', 'big'],
    ['files', 'a\n:/b'],
    ['env', '1=2'],
  ]);
  const error: unknown = await readConfig(
    (name) => inputs.get(name),
    context({ names: [...inputs.keys(), 'omi-nam'] }),
  ).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toHaveProperty(
    'message',
    [
      'Invalid configuration, 7 problems:',
      '  omi-nam: is not an input of this action; did you mean omi-name?',
      '  root-volume-size: "big" is not a valid number of GiB; write digits only, 1 to 14901',
      '  files, item 1, destination: is missing; write source:destination',
      '  files, item 2, source: is missing; write source:destination',
      '  env, 1: "1" is not a valid variable name; write letters, digits and _, not beginning with a digit',
      '  omi-name: "ä" has characters that are not allowed in an OMI name; write 3 to 128 letters, digits, spaces or _ ( ) / . -',
      '  source-omi: is missing; write the ID of an OMI, such as ami-12345678, or set source-omi-filter, or set source-image',
    ].join('\n'),
  );
});

test('blank text counts as not set', async () => {
  expect(await issuesOf({ 'omi-name': ' \n' })).toEqual([
    'omi-name: is missing; write the name of the new OMI',
  ]);
  expect((await configOf({ 'chroot-mounts': '\n' })).mount.chroot_mounts).toHaveLength(5);
});

test('region, endpoint, certificate and state directory come from variables in order, else from the profile', async () => {
  const profile = {
    region: 'us-west-1',
    endpoints: { api: 'api.profile' },
    x509_client_cert: 'p.pem',
    x509_client_key: 'p.key',
  };
  const accessWith = async (environment: Record<string, string>): Promise<unknown[]> => {
    const { access, running } = await configOf({}, { environment, ...shared({ default: profile }) });
    const { region, custom_endpoint_oapi, x509_cert_path, x509_key_path } = access;
    return [region, custom_endpoint_oapi, x509_cert_path, x509_key_path, running.state_dir];
  };
  const legacy = {
    OUTSCALE_REGION: 'us-east-2',
    OUTSCALE_OAPI_URL: 'api.legacy',
    OUTSCALE_X509CERT: 'o.pem',
    OUTSCALE_X509KEY: 'o.key',
  };
  const current = {
    OSC_REGION: 'eu-west-2',
    OSC_ENDPOINT_API: 'api.current',
    OSC_X509_CLIENT_CERT: 'n.pem',
    OSC_X509_CLIENT_KEY: 'n.key',
    BUILD_OMI_STATE_DIR: '/state',
  };
  expect(await accessWith({ OSC_REGION: '' })).toEqual([
    'us-west-1',
    'api.profile',
    'p.pem',
    'p.key',
    '/var/lib/build-omi',
  ]);
  expect(await accessWith(legacy)).toEqual([
    'us-east-2',
    'api.legacy',
    'o.pem',
    'o.key',
    '/var/lib/build-omi',
  ]);
  expect(await accessWith({ ...legacy, ...current })).toEqual([
    'eu-west-2',
    'api.current',
    'n.pem',
    'n.key',
    '/state',
  ]);
});

test('an option overrides variables', async () => {
  const { access } = await configOf({ region: 'eu-west-2' }, { environment: { OSC_REGION: 'us-west-1' } });
  expect(access.region).toBe('eu-west-2');
});

test('a problem of a variable or of the profile names its source', async () => {
  expect(await issuesOf({}, { environment: { OSC_REGION: 'mars-1', BUILD_OMI_STATE_DIR: 'x' } })).toEqual([
    'state-dir (from BUILD_OMI_STATE_DIR): "x" is not an absolute path without ".."; write one that begins with /',
    'region (from OSC_REGION): "mars-1" is not an Outscale region; must be one of: ap-northeast-1, cloudgouv-eu-west-1, cloudgouv-eu-west-2, eu-west-2, us-east-2, us-west-1; for a new region, set skip-region-validation',
  ]);
  expect(await issuesOf({}, shared({ default: { region: 'MARS' } }))).toContain(
    'region (from profile default of /home/user/.osc/config.json): "MARS" is not a valid region; write one such as eu-west-2',
  );
});

test.each([{ 'skip-region-validation': 'TRUE' }, { 'custom-endpoint-oapi': 'api.example.com' }])(
  'any region is accepted with %j',
  async (inputs) => {
    expect((await configOf({ ...inputs, region: 'mars-1' })).access.region).toBe('mars-1');
  },
);

test('only a profile that is set as option must exist', async () => {
  const file = shared({ default: {}, work: { region: 'us-west-1' }, other: {} });
  expect((await configOf({ profile: 'work' }, file)).access.region).toBe('us-west-1');
  expect(await issuesOf({ profile: 'wrok' }, file)).toEqual([
    'profile: "wrok" is not in /home/user/.osc/config.json; must be one of: default, work, other',
  ]);
  expect(await issuesOf({ profile: 'toString' }, file)).toHaveLength(1);
  expect(await issuesOf({}, { environment: { OSC_PROFILE: 'gone' }, ...file })).toEqual([]);
});

test('OSC_PROFILE and OSC_CONFIG_FILE select profile and file', async () => {
  const { access } = await configOf(
    {},
    {
      environment: { OSC_PROFILE: 'work', OSC_CONFIG_FILE: '/elsewhere' },
      readFile: (path) => (path === '/elsewhere' ? '{"work":{"region":"us-west-1"}}' : undefined),
    },
  );
  expect(access.region).toBe('us-west-1');
});

test.each(['{"default": {"secret_key": "TOPSECRET"', '[]', 'null'])(
  'the error of an invalid profile file does not quote it: %s',
  async (text) => {
    expect(await issuesOf({}, { readFile: () => text })).toEqual([
      'profile: cannot be read: /home/user/.osc/config.json is not a JSON object of profiles; fix that file',
    ]);
  },
);

test('keys, token and certificate require each other', async () => {
  expect(await issuesOf({ 'access-key': 'AK' })).toEqual([
    'secret-key: is required with access-key; set both or neither',
  ]);
  expect(await issuesOf({ 'secret-key': 'SK' })).toEqual([
    'access-key: is required with secret-key; set both or neither',
  ]);
  expect(await issuesOf({ token: 'T' })).toEqual([
    'token: is set without access keys; set access-key and secret-key as well',
  ]);
  const { access } = await configOf({
    'access-key': 'AK',
    'secret-key': 'S/+=K',
    token: 'T',
    'x509-cert-path': 'c.pem',
    'x509-key-path': '/c key',
  });
  expect(access).toMatchObject({
    access_key: 'AK',
    secret_key: 'S/+=K',
    token: 'T',
    x509_cert_path: 'c.pem',
    x509_key_path: '/c key',
  });
});

const ten = (name: string): string => `[${Array(10).fill(`*${name}`).join(',')}]`;

test('an alias bomb and a text with several documents are invalid', async () => {
  const bomb = `- &a [x,x]\n- &b ${ten('a')}\n- &c ${ten('b')}\n- ${ten('c')}`;
  const [line] = await issuesOf({ scripts: bomb });
  expect(line).toMatch(/^scripts: has an alias that cannot be resolved/);
  const [other] = await issuesOf({ tags: 'a: b\n---\nc: d' });
  expect(other).toMatch(/^tags: is not valid YAML at line 2, column 1/);
});
