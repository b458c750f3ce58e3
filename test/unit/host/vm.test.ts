import { createServer } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { whichVm } from '../../../src/host/vm.js';
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
