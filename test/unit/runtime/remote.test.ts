import { expect, test } from '@jest/globals';
import { createCloud } from '../../../src/outscale/client/client.js';
import { createTransport } from '../../../src/outscale/client/transport.js';
import { createRemote, type Remote } from '../../../src/runtime/remote.js';

/** A remote whose APIs name the account after the access key. */
function remote(): { readonly remote: Remote; readonly asked: string[] } {
  const asked: string[] = [];
  const keys = { accessKey: '111111111111', secretKey: 'SK' };
  const made = createRemote({
    region: 'eu-west-2',
    vm: 'i-1',
    keys,
    others: [
      {
        region: 'us-east-2',
        endpoint: 'https://east.example.com',
        keys: { ...keys, accessKey: '222222222222' },
      },
      { region: 'us-west-1', endpoint: 'https://west.example.com', keys: undefined },
    ],
    transportTo: () => createTransport(),
    connectTo: ({ endpoint, region }, used) =>
      createCloud({
        endpoint,
        region,
        keys: () => Promise.resolve(used),
        transport: async ({ url }) => {
          asked.push(url);
          const body = JSON.stringify({ Accounts: [{ AccountId: used.accessKey }] });
          return { status: 200, headers: {}, body };
        },
      }),
    debug: () => {},
  });
  return { remote: made, asked };
}

test('a region is used with its own keys, else with those of the build', async () => {
  const { remote: made, asked } = remote();
  const east = { region: 'us-east-2', endpoint: 'https://east.example.com', account: '222222222222' };
  const west = { region: 'us-west-1', endpoint: 'https://west.example.com', account: '111111111111' };
  expect(await made.region('us-east-2')).toEqual(east);
  expect(await made.region('us-west-1')).toEqual(west);
  expect((await made.cloud(east)).endpoint).toBe('https://east.example.com');
  await made.cloud(west);
  // The account is asked for once.
  expect(asked).toEqual(['https://east.example.com/ReadAccounts', 'https://west.example.com/ReadAccounts']);
});

test('a region that no option names, and keys of another account, are refused', async () => {
  const { remote: made } = remote();
  await expect(made.region('ap-northeast-1')).rejects.toThrow(
    'Region ap-northeast-1 is not one of omi_regions',
  );
  const elsewhere = { region: 'us-east-2', endpoint: 'https://east.example.com', account: '333333333333' };
  await expect(made.cloud(elsewhere)).rejects.toThrow(
    'Region us-east-2: the keys belong to account 222222222222, not to 333333333333',
  );
  // A ledger names a region that is no longer in the options: the keys of the build are tried.
  const gone = { region: 'ap-northeast-1', endpoint: 'https://north.example.com', account: '111111111111' };
  expect((await made.cloud(gone)).endpoint).toBe('https://north.example.com');
});
