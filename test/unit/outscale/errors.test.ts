import { describe, expect, test } from '@jest/globals';
import { clockSkew, readAnswer, retryAfter } from '../../../src/outscale/client/answer.js';
import { connectionError } from '../../../src/outscale/client/connection-error.js';
import {
  AnswerLostError,
  ApiError,
  classify,
  isAmbiguous,
  isConflict,
  isGone,
  isPermission,
  isTransient,
} from '../../../src/outscale/errors.js';

const endpoint = 'https://api.eu-west-2.outscale.com/api/v1';

test.each<[number, string | undefined, string | undefined, string]>([
  [503, '6', 'AccessDenied', 'throttled'],
  [429, '24', 'AccessDenied', 'throttled'],
  [429, '25', 'AccessDenied', 'throttled'],
  [429, undefined, undefined, 'throttled'],
  [503, undefined, undefined, 'server'],
  [500, '2000', 'InternalError', 'server'],
  [401, '1', 'AccessDenied', 'authentication'],
  [401, '13', 'AccessDenied', 'authentication'],
  [401, undefined, undefined, 'authentication'],
  [403, '8', 'WrongAuthenticationMethod', 'authentication'],
  [401, '4', 'AccessDenied', 'permission'],
  [400, '4', 'AccessDenied', 'permission'],
  [401, '5', 'AccessDenied', 'authentication'],
  [401, '7', 'AccessDenied', 'authentication'],
  [400, '14', undefined, 'authentication'],
  [400, '20', undefined, 'authentication'],
  [400, '4120', 'InvalidParameterValue', 'authentication'],
  [400, '4000', 'InvalidParameterValue', 'authentication'],
  [409, '5054', 'ResourceConflict', 'not-found'],
  [400, '6007', 'InvalidVolumeState', 'conflict'],
  [400, '9094', undefined, 'conflict'],
  [400, '9015', 'InvalidResource', 'conflict'],
  [400, '10018', undefined, 'quota'],
  [409, '10001', 'ResourceConflict', 'quota'],
  [500, '10026', undefined, 'quota'],
  [400, undefined, 'TooManyResources (QuotaExceeded)', 'quota'],
  [400, '90006', 'TooManyResources', 'quota'],
  [400, '24', undefined, 'throttled'],
  [403, undefined, 'InvalidState', 'conflict'],
  [400, '4104', 'InvalidParameterValue', 'request'],
  [400, '7007', 'MissingParameter', 'request'],
  [400, '5064', 'InvalidResource', 'not-found'],
  [404, undefined, undefined, 'not-found'],
  [409, '9031', 'ResourceConflict', 'conflict'],
  [400, '6003', 'InvalidState', 'conflict'],
  [424, '1000', 'DependencyProblem', 'conflict'],
  [409, undefined, undefined, 'conflict'],
  [400, '4045', 'InvalidParameterValue', 'request'],
  [400, undefined, undefined, 'request'],
])('%d, code %s, %s is %s', (status, code, type, expected) => {
  expect(classify({ status, code, type })).toBe(expected);
});

/** What reading an answer of this status and body throws. */
function thrown(status: number, body: unknown, headers: Record<string, string> = {}, now = 0): unknown {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    readAnswer('CreateVolume', endpoint, { status, headers, body: text }, now);
    return undefined;
  } catch (error) {
    return error;
  }
}
const body = (Code: string, Type: string, Details: string) => ({
  Errors: [{ Code, Type, Details }],
  ResponseContext: { RequestId: 'req-1' },
});

describe('the message of a refusal', () => {
  test.each<[number, unknown, string]>([
    [
      400,
      body('4045', 'InvalidParameterValue', 'The size is too small.'),
      'CreateVolume was refused: status 400, code 4045 InvalidParameterValue, The size is too small. (request ID req-1)',
    ],
    [
      401,
      body('1', 'AccessDenied', ''),
      'CreateVolume failed: the API refused the credentials: status 401, code 1 AccessDenied (request ID req-1)',
    ],
    [
      401,
      body('4', 'AccessDenied', 'No.'),
      'CreateVolume failed: not permitted with these credentials: status 401, code 4 AccessDenied, No. (request ID req-1)',
    ],
    [
      503,
      body('6', 'AccessDenied', ''),
      'CreateVolume was throttled: status 503, code 6 AccessDenied (request ID req-1)',
    ],
    [500, {}, 'CreateVolume failed: API server error: status 500 (request ID not given)'],
    [
      400,
      { Errors: [{ Code: 12 }, { Details: 'b' }] },
      'CreateVolume was refused: status 400, code 12, b (request ID not given)',
    ],
    [
      502,
      '<html>\n <h1>Bad Gateway</h1>',
      'CreateVolume failed: API server error: status 502, Bad Gateway (request ID not given)',
    ],
    [400, 'null', 'CreateVolume was refused: status 400, null (request ID not given)'],
    [400, { Errors: null }, 'CreateVolume was refused: status 400 (request ID not given)'],
    [400, { Errors: [null, 'x'] }, 'CreateVolume was refused: status 400 (request ID not given)'],
    [
      400,
      { title: 'Bad Request', detail: 'No such field.', status: 400 },
      'CreateVolume was refused: status 400, Bad Request: No such field. (request ID not given)',
    ],
    [
      503,
      '<!DOCTYPE html><html><head><title>Maintenance</title><style>a {}</style></head><p>Soon.',
      'CreateVolume failed: API server error: status 503, Maintenance (request ID not given)',
    ],
    [
      502,
      '\n upstream connect error\nreset',
      'CreateVolume failed: API server error: status 502, upstream connect error (request ID not given)',
    ],
    [
      400,
      body('10018', 'TooManyResources', 'The limit of volumes is 200.'),
      'CreateVolume failed: quota or capacity exhausted: status 400, code 10018 TooManyResources, The limit of volumes is 200. (request ID req-1)',
    ],
  ])('%d %j', (status, content, message) => {
    const error = thrown(status, content);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ message, operation: 'CreateVolume' });
  });
});

describe('the hint of an authentication error names a wrong clock', () => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  const refused = (date: string) => thrown(401, body('1', 'AccessDenied', ''), { date }, now);
  test.each([
    ['Sat, 21 Nov 2026 09:54:00 GMT', /^Set the clock of this machine: it is 360 seconds ahead of/],
    ['Sat, 21 Nov 2026 10:10:30 GMT', /^Set the clock of this machine: it is 630 seconds behind/],
    ['Sat, 21 Nov 2026 09:57:00 GMT', /^Check access key/],
    ['no date', /^Check access key/],
  ])('%s', (date, hint) => expect(refused(date)).toMatchObject({ hint: expect.stringMatching(hint) }));
  test('other refusals do not name it', () => {
    const error = thrown(400, {}, { date: 'Sat, 21 Nov 2020 09:57:00 GMT' }, now);
    expect(error).toMatchObject({ hint: undefined });
  });
  test('seconds ahead', () => expect(clockSkew('Sat, 21 Nov 2026 09:59:58 GMT', now + 400)).toBe(2));
});

test('a permission error names the missing permission', () => {
  expect(thrown(401, body('4', 'AccessDenied', ''))).toMatchObject({
    hint: expect.stringContaining('api:CreateVolume'),
  });
});

test.each(['', '<html>Log in', '"text"', 'null'])(
  'a status 200 without a JSON object is an invalid response: %j',
  (text) => {
    expect(thrown(200, text, { 'content-type': 'text/html' })).toMatchObject({
      name: 'InvalidAnswerError',
      message: `CreateVolume: ${endpoint} answered 200 without a JSON object: ${JSON.stringify(text)}`,
      hint: expect.stringContaining('text/html'),
    });
  },
);

test.each([301, 302, 307, 308])('a redirect (%d) names its target and the option to set', (status) => {
  const error = thrown(status, '<html>Moved</html>', { location: 'https://elsewhere/api/v1/CreateVolume' });
  expect(error).toMatchObject({
    message: expect.stringContaining(`status ${status}, redirected to https://elsewhere/api/v1/CreateVolume`),
    hint: expect.stringContaining('custom_endpoint_oapi'),
  });
  expect(isTransient(error)).toBe(false);
});

test.each<[unknown, number | undefined]>([
  ['7', 7_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 30_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %j is %j ms', (header, ms) => expect(retryAfter(header, 30_000)).toBe(ms));

const api = (status: number, code: string, type: string) => thrown(status, body(code, type, ''));
const broken = (code: string) =>
  connectionError('LinkVolume', endpoint, Object.assign(new Error('broke'), { code }));

describe('classification of an error', () => {
  const all = {
    transient: isTransient,
    ambiguous: isAmbiguous,
    gone: isGone,
    conflict: isConflict,
    permission: isPermission,
  };
  test.each<[string, unknown, string]>([
    ['throttling', api(503, '6', 'AccessDenied'), 'transient'],
    ['server error', api(500, '', ''), 'transient ambiguous'],
    ['authentication', api(401, '1', 'AccessDenied'), ''],
    ['permission', api(401, '4', 'AccessDenied'), 'permission'],
    ['not found', api(400, '5064', 'InvalidResource'), 'gone'],
    ['quota', api(409, '10001', 'InsufficientCapacity'), ''],
    ['conflict', api(409, '9031', 'ResourceConflict'), 'conflict'],
    ['connection refused', broken('ECONNREFUSED'), 'transient'],
    ['no route', broken('EHOSTUNREACH'), 'transient'],
    ['name server is down', broken('EAI_AGAIN'), 'transient'],
    ['unknown host name', broken('ENOTFOUND'), ''],
    ['dropped', broken('ECONNRESET'), 'transient ambiguous'],
    ['closed', broken('UND_ERR_SOCKET'), 'transient ambiguous'],
    ['timed out', broken('ETIMEDOUT'), 'transient ambiguous'],
    ['unknown CA', broken('SELF_SIGNED_CERT_IN_CHAIN'), ''],
    ['other host', broken('ERR_TLS_CERT_ALTNAME_INVALID'), ''],
    ['expired', broken('CERT_HAS_EXPIRED'), ''],
    ['an invalid header', broken('UND_ERR_INVALID_ARG'), ''],
    ['an error of build-omi', broken(''), 'ambiguous'],
    ['an invalid response', thrown(200, '{}'), 'transient ambiguous'],
    ['a lost response', new AnswerLostError('LinkVolume', broken('ECONNRESET')), ''],
    ['anything else', new Error('x'), ''],
  ])('%s: %s', (_, error, expected) => {
    const holds = Object.entries(all).flatMap(([name, holdsFor]) => (holdsFor(error) ? [name] : []));
    expect(holds.join(' ')).toBe(expected);
  });
  test.each([
    ['ENOTFOUND', 'custom_endpoint_oapi'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['EAI_AGAIN', '/etc/resolv.conf'],
    ['ECONNREFUSED', 'security groups'],
    ['EHOSTUNREACH', 'security groups'],
    ['ENETUNREACH', 'security groups'],
    ['UND_ERR_CONNECT_TIMEOUT', 'security groups'],
  ])('%s has a hint: %s', (code, hint) => expect(broken(code).hint).toContain(hint));
  test('the error without a response names operation, address and cause', () => {
    expect(broken('ECONNRESET').message).toBe(`LinkVolume: no answer from ${endpoint}: broke (ECONNRESET)`);
  });
});
