import { expect, test } from '@jest/globals';
import { operations } from '../../../src/outscale/api.js';
import { readAnswer } from '../../../src/outscale/client/answer.js';
import { nextDelay } from '../../../src/outscale/client/retry.js';
import { ApiError, type Refusal } from '../../../src/outscale/errors.js';

/** Every code that was recorded, or that an official client knows, with the statuses it came with. */
const codes: readonly (readonly [statuses: readonly number[], codes: readonly string[], refusal: Refusal])[] =
  [
    [[400, 401, 403], ['1', '5', '7', '14', '20', '4000', '4120'], 'authentication'],
    [[400, 401, 403], ['4'], 'permission'],
    [[503, 429], ['6', '24', '25'], 'throttled'],
    [[400, 404, 409], ['5000', '5023', '5054', '5063', '5064', '5999'], 'not-found'],
    [[400, 409], ['6000', '6003', '6007', '6999', '9000', '9015', '9094', '9999'], 'conflict'],
    [[400, 409], ['10000', '10001', '10018', '10026', '10999'], 'quota'],
    [
      [400],
      ['4019', '4029', '4078', '4104', '4105', '4116', '4117', '4125', '4202', '7007', '8999'],
      'request',
    ],
    [[400], ['0', '3', '11000', '900', 'not a number'], 'request'],
    [[500, 502], ['2000'], 'server'],
    [[501], ['0'], 'request'],
  ];

/** What a user reads as the first words, and whether a hint says what to do. */
const openings: Readonly<Record<Refusal, readonly [opening: string, hasHint: boolean]>> = {
  authentication: ['failed: the API refused the credentials', true],
  permission: ['failed: not permitted with these credentials', true],
  throttled: ['was throttled', false],
  'not-found': ['failed: resource not found', false],
  conflict: ['failed: resource conflict', false],
  quota: ['failed: quota or capacity exhausted', true],
  request: ['was refused', false],
  server: ['failed: API server error', false],
};

const all = codes.flatMap(([statuses, some, refusal]) =>
  statuses.flatMap((status) => some.map((code) => ({ status, code, refusal }))),
);

test.each(Object.keys(operations))('%s: every code has its meaning, message, hint and repetition', (name) => {
  const operation = Object.keys(operations).find((one): one is keyof typeof operations => one === name);
  if (operation === undefined) throw new Error(`${name} is not a call`);
  for (const { status, code, refusal } of all) {
    const Details = 'Why it was refused.';
    const body = JSON.stringify({
      Errors: [{ Code: code, Type: 'AnyType', Details }],
      ResponseContext: { RequestId: 'req-1' },
    });
    const answer = { status, headers: {}, body };
    const error = (() => {
      try {
        return readAnswer(operation, 'https://api.example.com', answer, 0);
      } catch (thrown) {
        return thrown;
      }
    })();
    if (!(error instanceof ApiError)) throw new Error(`${name} ${status} ${code}: ${String(error)}`);
    const [opening, hasHint] = openings[refusal];
    expect({
      status,
      code,
      refusal: error.refusal,
      message: error.message,
      hasHint: error.hint !== undefined,
      isRepeated: nextDelay(error, 1, 0, 0.5, 120_000) !== 'give up',
    }).toEqual({
      status,
      code,
      refusal,
      message: `${name} ${opening}: status ${status}, code ${code} AnyType, ${Details} (request ID req-1)`,
      hasHint,
      isRepeated: refusal === 'throttled' || refusal === 'server',
    });
  }
});
