import { expect, test } from '@jest/globals';
import { askOnce } from '../../../../src/outscale/calls/create-once.js';
import { AnswerLostError, ApiError } from '../../../../src/outscale/errors.js';

const lost = new AnswerLostError('CreateImage', new Error('other side closed'));
const taken = new ApiError('CreateImage', { status: 409, code: '9', type: 'ResourceConflict' }, 'req-1');

/** Asks with these outcomes and finds with those, in their order; returns what was slept as well. */
async function asking(asked: readonly (string | Error)[], found: readonly (string | undefined)[] = []) {
  const asks = asked.values();
  const finds = found.values();
  const slept: number[] = [];
  const result = await askOnce({
    ask: async () => {
      const next = asks.next().value;
      if (typeof next === 'string') return next;
      throw next ?? new Error('asked too often');
    },
    find: async () => finds.next().value,
    sleep: async (ms) => {
      slept.push(ms);
    },
  });
  return { result, slept };
}

test('an answer is an answer', async () => {
  expect(await asking(['ami-1'])).toEqual({ result: 'ami-1', slept: [] });
});
test('after a lost answer what was done is found', async () => {
  expect(await asking([lost], ['ami-1'])).toEqual({ result: 'ami-1', slept: [] });
});
test('what was not done is asked for again, later each time', async () => {
  expect(await asking([lost, lost, 'ami-1'], [undefined, undefined])).toEqual({
    result: 'ami-1',
    slept: [500, 1_000],
  });
});
test('a conflict after a lost answer means that it was done late', async () => {
  expect(await asking([lost, taken], [undefined, 'ami-1'])).toMatchObject({ result: 'ami-1' });
});
test('which a list that lags may show later', async () => {
  const asked = asking([lost, taken, taken], [undefined, undefined, 'ami-1']);
  expect(await asked).toEqual({ result: 'ami-1', slept: [500, 1_000] });
});
test('or that another was quicker', async () => {
  await expect(asking([lost, taken, taken, taken, taken])).rejects.toBe(taken);
});
test('a conflict at first is what it says', async () => {
  await expect(asking([taken], ['ami-of-another'])).rejects.toBe(taken);
});
test('in the end the lost answer is the error', async () => {
  await expect(asking([lost, lost, lost, lost, lost, 'too late'])).rejects.toBe(lost);
});
