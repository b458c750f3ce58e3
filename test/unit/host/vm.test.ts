import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { readMetadata, whichVm } from '../../../src/host/vm.js';
import { close, listen } from '../../support/http-server.js';

const open: (() => void)[] = [];
afterEach(() => {
  for (const end of open.splice(0)) end();
});

/** A metadata service with these responses. */
async function metadata(values: Readonly<Record<string, string>>) {
  const server = createServer(({ url = '' }, response) => {
    response.end(values[url.slice(1)] ?? '');
  });
  const port = await listen(server);
  open.push(() => close(server));
  return {
    vm_id: undefined,
    subregion: undefined,
    region: undefined,
    metadata_endpoint: `http://127.0.0.1:${port}`,
  };
}

/** Accepts no connection: the kernel holds one, and the next one gets no answer. */
const silent = `
  use Socket;
  $| = 1;
  socket(my $server, PF_INET, SOCK_STREAM, 0) or die;
  bind($server, sockaddr_in(0, INADDR_LOOPBACK)) && listen($server, 0) or die;
  socket(my $client, PF_INET, SOCK_STREAM, 0) or die;
  connect($client, getsockname($server)) or die;
  print "", (sockaddr_in(getsockname($server)))[0], "\\n";
  sleep 30;`;

test('a service that does not accept connections is given up in time', async () => {
  const server = spawn('perl', ['-e', silent], { stdio: ['ignore', 'pipe', 'inherit'] });
  open.push(() => server.kill());
  const [port] = await once(server.stdout, 'data');
  const start = performance.now();
  const asked = readMetadata(
    `http://127.0.0.1:${String(port).trim()}`,
    'instance-id',
    AbortSignal.timeout(500),
  );
  await expect(asked).rejects.toThrow(/metadata service: no answer .* aborted due to timeout/);
  expect(performance.now() - start).toBeGreaterThan(400);
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('white space around a metadata value is removed', async () => {
  const given = await metadata({
    'instance-id': 'i-1234\n',
    'placement/availability-zone': ' eu-west-2a\r\n',
  });
  expect(await whichVm(given)).toEqual({ vmId: 'i-1234', subregion: 'eu-west-2a', region: 'eu-west-2' });
});

test.each([
  ['instance-id', '<html>Log in</html>'],
  ['instance-id', ''],
  ['placement/availability-zone', ''],
  ['placement/availability-zone', 'evil.example/x?'],
  ['placement/availability-zone', 'a@evil.example'],
  ['placement/availability-zone', 'eu-west-2a\neu-west-2b'],
])('%s with the value %j is an error', async (path, value) => {
  const good = { 'instance-id': 'i-1234', 'placement/availability-zone': 'eu-west-2a' };
  const given = await metadata({ ...good, [path]: value });
  await expect(whichVm(given)).rejects.toMatchObject({
    message: `metadata: ${path} is ${JSON.stringify(value)}`,
    hint: expect.stringContaining('metadata_endpoint'),
  });
});
