import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { isMinimal, useCloud } from '../support/cloud.js';
import { answers, serve } from '../support/http-server.js';
import { users } from '../support/users.js';

const cloud = useCloud();

const inputs = { 'omi-name': 'never made' };

test('a build with wrong credentials makes one attempt and reports one error with the request ID', async () => {
  cloud.requests();
  const main = await step(cloud, { inputs: { ...inputs, 'secret-key': 'wrong' } }).main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(
    isMinimal
      ? /::error.*the API refused the credentials/
      : /::error.*the API refused the credentials.*request ID [0-9a-f-]{36}/,
  );
  expect(cloud.requests()).toHaveLength(1);
});

test.each([
  [
    'an unknown input',
    { 'omi-nam': 'x' },
    /omi-nam: is not an input of this action; did you mean omi-name\?/,
  ],
  [
    'an input in snake case',
    { omi_description: 'x' },
    /omi_description: is not an input of this action; write omi-description/,
  ],
  ['a missing input', { 'omi-name': '' }, /omi-name: is missing/],
  ['a size that is no number', { 'root-volume-size': 'ten' }, /root-volume-size: .*ten/],
  ['half a pair of keys', { 'secret-key': '' }, /secret-key/],
  [
    'a client certificate that does not exist',
    { 'x509-cert-path': 'gone.pem', 'x509-key-path': 'gone.key' },
    /x509-cert-path: "gone\.pem" is not a readable file/,
  ],
])('%s: the error names it, before any API call', async (_what, more, message) => {
  cloud.requests();
  const main = await step(cloud, { inputs: { ...inputs, ...more } }).main();
  expect(main.code).toBe(2);
  expect(main.text).toMatch(message);
  expect(cloud.requests()).toEqual([]);
});

test('the build reports several configuration errors together', async () => {
  const main = await step(cloud, {
    inputs: { 'omi-name': 'a?', 'mount-path': 'relative', 'root-volume-size': '0' },
  }).main();
  const error = main.lines.find(({ line }) => line.startsWith('::error'))?.line;
  expect(error).toMatch(/omi-name.*/);
  expect(error).toMatch(/mount-path/);
  expect(error).toMatch(/root-volume-size/);
});

test('the build masks secrets before any other output and prints them in no line', async () => {
  const main = await step(cloud, {
    inputs: { ...inputs, run: 'echo EMULATORSECRETKEY00000000000000000000000\nexit 1\n' },
  }).main();
  const masked = main.lines.filter(({ line }) => line.startsWith('::add-mask::')).map(({ line }) => line);
  expect(main.lines[0]?.line).toMatch(/^::add-mask::/);
  // What is masked in vain costs outputs: the runner drops those of a job that hold it.
  expect([...new Set(masked)]).toEqual([`::add-mask::${defaultAccount.secretKey}`]);
  expect(
    main.lines.filter(({ line }) => line.includes('EMULATORSECRETKEY') && !line.startsWith('::add-mask::')),
  ).toEqual([]);
});

test('the build writes user and password of the endpoint to no log, error, ledger or debug line', async () => {
  const custom = cloud.endpoint.replace('http://', 'http://operator:open-sesame@');
  const copy = join(cloud.folder, 'state-copy');
  const job = step(cloud, {
    inputs: {
      'omi-name': 'with a password',
      'custom-endpoint-oapi': custom,
      'log-level': 'debug',
      'on-failure': 'keep',
      'pre-mount-commands': JSON.stringify([`cp -r ${join(cloud.folder, 'ledgers')} ${copy}`]),
      'state-dir': join(cloud.folder, 'ledgers'),
      run: 'exit 1',
    },
  });
  const { code, lines } = await job.main();
  const post = await job.post();
  expect(code).toBe(1);
  const shown = [...lines, ...post.lines]
    .map(({ line }) => line)
    .filter((line) => !line.startsWith('::add-mask::'));
  const ledgers = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.jsonl'),
  );
  expect(ledgers).toHaveLength(1);
  const texts = [...shown, ...ledgers.map((name) => readFileSync(join(copy, name), 'utf8')), job.summary()];
  expect(texts.filter((text) => /operator:|open-sesame/.test(text))).toEqual([]);
});

test.each(users)('as %s: the client trusts the CA in NODE_EXTRA_CA_CERTS', async (user) => {
  const tls = join(import.meta.dirname, '../support/tls');
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(join(tls, name)));
  const api = await serve(
    [answers(400, { Errors: [{ Code: '4000', Type: 'Reached', Details: 'behind TLS' }] })],
    { cert, key },
  );
  const reach = async (environment: NodeJS.ProcessEnv): Promise<string> =>
    (
      await step(cloud, {
        user,
        environment,
        inputs: { ...inputs, 'custom-endpoint-oapi': api.endpoint },
      }).main()
    ).text;
  expect(await reach({ NODE_EXTRA_CA_CERTS: join(tls, 'cert.pem') })).toContain('behind TLS');
  expect(await reach({})).toMatch(/::error.*NODE_EXTRA_CA_CERTS/);
  api.close();
});

test('the client does not follow a redirect of the endpoint, and the error names its target', async () => {
  const elsewhere = await serve([answers(200, {})]);
  const api = await serve([
    (_one, response) => response.writeHead(308, { location: elsewhere.endpoint }).end(),
  ]);
  const job = step(cloud, { inputs: { ...inputs, 'custom-endpoint-oapi': api.endpoint } });
  const { code, text } = await job.main();
  for (const server of [api, elsewhere]) server.close();
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*status 308, redirected to http:\/\/localhost:\d+\/api\/v1 .*custom_endpoint_oapi/,
  );
  expect([api.received.length, elsewhere.received.length]).toEqual([1, 0]);
});
