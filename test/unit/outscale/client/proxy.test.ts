import { expect, test } from '@jest/globals';
import { proxyFor } from '../../../../src/outscale/client/proxy.js';

const api = 'https://api.eu-west-2.outscale.com/api/v1';
const HTTPS_PROXY = 'http://proxy:3128';

test.each<[string, Record<string, string>, string | undefined]>([
  [api, {}, undefined],
  [api, { HTTPS_PROXY }, HTTPS_PROXY],
  [api, { https_proxy: 'http://lower:1', HTTPS_PROXY }, 'http://lower:1'],
  [api, { https_proxy: '', HTTPS_PROXY }, HTTPS_PROXY],
  [api, { HTTPS_PROXY: 'proxy:3128' }, HTTPS_PROXY],
  [api, { HTTP_PROXY: 'http://plain:1' }, undefined],
  ['http://localhost:8080/api/v1', { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY }, 'http://plain:1'],
  [api, { HTTPS_PROXY, NO_PROXY: '*' }, undefined],
  [api, { HTTPS_PROXY, NO_PROXY: 'api.eu-west-2.outscale.com' }, undefined],
  [api, { HTTPS_PROXY, NO_PROXY: 'localhost, outscale.com' }, undefined],
  [api, { HTTPS_PROXY, no_proxy: '.OUTSCALE.com' }, undefined],
  [api, { HTTPS_PROXY, NO_PROXY: '*.outscale.com' }, undefined],
  [api, { HTTPS_PROXY, NO_PROXY: 'outscale.com:443' }, undefined],
  [api, { HTTPS_PROXY, NO_PROXY: 'outscale.com:8443' }, HTTPS_PROXY],
  [api, { HTTPS_PROXY, NO_PROXY: 'scale.com,other.com' }, HTTPS_PROXY],
  [api, { HTTPS_PROXY, NO_PROXY: '' }, HTTPS_PROXY],
  ['http://127.0.0.1:8080/', { HTTP_PROXY: HTTPS_PROXY, NO_PROXY: '127.0.0.1' }, undefined],
])('%s with %j: %s', (url, environment, proxy) => expect(proxyFor(url, environment)).toBe(proxy));
