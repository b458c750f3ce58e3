import { expect, test } from '@jest/globals';
import { endpointOf } from '../../../src/config/endpoint.js';

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
])('%s', (custom, endpoint) => {
  expect(endpointOf(custom, 'eu-west-2')).toBe(endpoint);
});

test.each(['https://', 'https://host/?query', 'https://host/#part', 'two words', 'host:port'])(
  '%s makes none',
  (custom) => {
    expect(() => endpointOf(custom, 'eu-west-2')).toThrow(`${JSON.stringify(custom)} makes no API endpoint.`);
  },
);
