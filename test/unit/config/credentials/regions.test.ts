import { expect, test } from '@jest/globals';
import { accessOf } from '../../../../src/config/credentials/regions.js';
import { configOf, context } from '../reading.js';

const profiles = JSON.stringify({
  east: { access_key: 'AK-EAST', secret_key: 'SK-EAST', endpoints: { api: 'api.east.example.com' } },
  half: { access_key: 'AK' },
  empty: { region: 'us-east-2' },
});
const files = context({
  readFile: (path) => (path === '/home/user/.osc/config.json' ? profiles : undefined),
});

async function access(written: string): Promise<ReturnType<typeof accessOf>> {
  const { copies } = await configOf({ 'omi-regions': written, 'export-bucket': 'images' });
  return accessOf(copies.omi_regions, files);
}

test('the entry has keys and endpoint, else its profile, else neither', async () => {
  const [own, profile, both, plain] = await access(
    JSON.stringify([
      {
        region: 'us-east-2',
        access_key: 'AK',
        secret_key: 'SK',
        custom_endpoint_oapi: 'api.mine.example.com',
      },
      { region: 'us-west-1', profile: 'east' },
      { region: 'eu-west-2', profile: 'east', access_key: 'AK', secret_key: 'SK' },
      'ap-northeast-1',
    ]),
  );
  expect(own).toMatchObject({
    endpoint: 'https://api.mine.example.com/api/v1',
    keys: { accessKey: 'AK', secretKey: 'SK' },
  });
  expect(profile).toMatchObject({
    endpoint: 'https://api.east.example.com/api/v1',
    keys: { accessKey: 'AK-EAST', secretKey: 'SK-EAST' },
  });
  expect(both).toMatchObject({ endpoint: 'https://api.east.example.com/api/v1', keys: { accessKey: 'AK' } });
  expect(plain).toEqual({
    region: 'ap-northeast-1',
    endpoint: 'https://api.ap-northeast-1.outscale.com/api/v1',
    keys: undefined,
  });
});

test.each([
  ['half', 'access_key is set in profile half of /home/user/.osc/config.json, but secret_key is not'],
  ['empty', 'omi_regions, us-east-2: profile empty of /home/user/.osc/config.json has no keys'],
  ['none', 'omi_regions, us-east-2, profile: "none" is not in /home/user/.osc/config.json'],
])('profile %s is refused', async (profile, problem) => {
  await expect(access(`[{region: us-east-2, profile: ${profile}}]`)).rejects.toThrow(problem);
});
