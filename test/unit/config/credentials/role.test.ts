import { expect, test } from '@jest/globals';
import { findCredentials } from '../../../../src/config/credentials/credentials.js';
import { readMetadata } from '../../../../src/host/vm.js';
import { context } from '../reading.js';

const access = {
  access_key: undefined,
  secret_key: undefined,
  token: undefined,
  profile: undefined,
  metadata_endpoint: 'http://metadata/latest/meta-data',
};

/** A service whose keys are good for some time; `asked` are the paths. */
function service(
  seconds: number,
  broken?: () => boolean,
): {
  readonly asked: string[];
  readonly metadata: (endpoint: string, path: string) => Promise<string>;
} {
  const asked: string[] = [];
  return {
    asked,
    metadata: async (_endpoint, path) => {
      asked.push(path);
      if (broken?.()) throw new Error('gone');
      if (path.endsWith('/')) return 'builder\n';
      const Expiration = new Date(Date.now() + seconds * 1000).toISOString();
      return JSON.stringify({
        AccessKeyId: 'AK',
        SecretAccessKey: `SK${asked.length}`,
        Token: 'T',
        Expiration,
      });
    },
  };
}

test('the role of the VM is the last source, and its secrets are masked', async () => {
  const { asked, metadata } = service(3600);
  const masked: string[] = [];
  const mask = (secret: string): void => void masked.push(secret);
  const found = await findCredentials(access, context({ metadata, mask }));
  expect(found).toMatchObject({
    accessKey: 'AK',
    secretKey: 'SK2',
    sessionToken: 'T',
    from: 'role builder of this VM',
  });
  expect(asked).toEqual(['iam/security-credentials/', 'iam/security-credentials/builder']);
  expect(masked).toEqual(['SK2', 'T']);
  expect(await found.current?.()).toMatchObject({ secretKey: 'SK2' });
  expect(asked).toHaveLength(2);
});

test('keys are renewed before they expire; if that fails, the old keys are used', async () => {
  let broken = false;
  const { metadata } = service(200, () => broken);
  const found = await findCredentials(access, context({ metadata }));
  expect(await found.current?.()).toMatchObject({ secretKey: 'SK4' });
  broken = true;
  expect(await found.current?.()).toMatchObject({ secretKey: 'SK4' });
});

test('the role is not used if other keys are set', async () => {
  const { asked, metadata } = service(3600);
  await findCredentials({ ...access, access_key: 'K', secret_key: 'S' }, context({ metadata }));
  expect(asked).toEqual([]);
});

test.each(['not JSON', '{}', 'null', '{"AccessKeyId":"AK"}'])(
  '%s is ignored without a message',
  async (answer) => {
    const metadata = (): Promise<string> => Promise.resolve(answer);
    await expect(findCredentials(access, context({ metadata }))).rejects.toThrow('No credentials found');
  },
);

test('a metadata service that does not respond delays at most one second', async () => {
  const { createServer } = await import('node:http');
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const begin = performance.now();
  const there = { ...access, metadata_endpoint: `http://127.0.0.1:${port}` };
  await expect(findCredentials(there, context({ metadata: readMetadata }))).rejects.toThrow(
    'No credentials found',
  );
  expect(performance.now() - begin).toBeLessThan(1500);
  server.closeAllConnections();
  server.close();
});
