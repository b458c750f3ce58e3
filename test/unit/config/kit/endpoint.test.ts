import { expect, test } from '@jest/globals';
import { endpointOf } from '../../../../src/config/kit/endpoint.js';
import { requireKnownRegion } from '../../../../src/config/rules/regions.js';

test.each([
  [undefined, 'https://api.eu-west-2.outscale.com/api/v1'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/api/v1'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/api/v1'],
  ['https://cloud.example/own/path/', 'https://cloud.example/own/path'],
  ['HTTPS://cloud.example/v2', 'HTTPS://cloud.example/v2'],
  ['api.example.com', 'https://api.example.com/api/v1'],
  ['api.example.com/oapi/latest', 'https://api.example.com/oapi/latest'],
  ['outscale.com/oapi/latest', 'https://api.eu-west-2.outscale.com/oapi/latest'],
  ['example.com', 'https://api.eu-west-2.example.com/api/v1'],
  ['https://ops:p%40ss@cloud.example', 'https://cloud.example/api/v1'],
  ['https://ops@cloud.example/v2/', 'https://cloud.example/v2'],
  ['http://ops:a@b:c@127.0.0.1:8080/v2', 'http://127.0.0.1:8080/v2'],
  ['https://cloud.example/v2/a@b', 'https://cloud.example/v2/a@b'],
])('%s', (custom, endpoint) => {
  expect(endpointOf(custom, 'eu-west-2')).toBe(endpoint);
});

test.each(['https://', 'https://host/?query', 'https://host/#part', 'two words', 'host:port'])(
  '%s makes none',
  (custom) => {
    expect(() => endpointOf(custom, 'eu-west-2')).toThrow(
      `custom-endpoint-oapi: ${JSON.stringify(custom)} is not a valid API endpoint.`,
    );
  },
);

const any = { custom_endpoint_oapi: undefined, skip_region_validation: false };
test.each([
  ['eu-west-2', any],
  ['mars-1', { ...any, skip_region_validation: true }],
  ['mars-1', { ...any, custom_endpoint_oapi: 'cloud.example' }],
])('requests may go to region %s with %j', (region, access) => {
  expect(() => requireKnownRegion(region, access)).not.toThrow();
});
test('requests to an unknown region are refused', () => {
  expect(() => requireKnownRegion('mars-1', any)).toThrow(
    'region: mars-1, the region of this VM, must be one of: ap-northeast-1,',
  );
});
