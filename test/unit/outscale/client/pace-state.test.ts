import { expect, test } from '@jest/globals';
import {
  freshPace,
  nextCall,
  type PaceState,
  paceAfterRefusal,
  parsePace,
  textOf,
} from '../../../../src/outscale/client/pace-state.js';

const state = (more: Partial<PaceState> = {}): PaceState => ({ ...freshPace(50_000), ...more });

test.each([
  [10, 5],
  [5, 2.5],
  [1, 0.5],
  [1 / 16, 1 / 16],
])('a refusal at %f calls a second leaves %f', (rate, left) => {
  expect(paceAfterRefusal(state({ rate }), 60_000, 60_010)).toMatchObject({
    rate: left,
    since: 60_010,
    halved: 60_010,
  });
});

test('a refused call that was sent before the rate was halved does not halve it', () => {
  expect(paceAfterRefusal(state({ halved: 60_000 }), 60_000, 60_100)).toBeUndefined();
  expect(paceAfterRefusal(state({ halved: 60_000 }), 60_001, 60_100)).toBeDefined();
});

test.each([
  [4_999, 10],
  [5_000, 11],
  // Time without calls shows nothing of the limit.
  [500_000, 11],
])('%d ms after the last change a call is sent at %d calls a second', (ms, rate) => {
  expect(nextCall(state(), 50_000 + ms, undefined).after.rate).toBe(rate);
});

test.each([
  [3, 5_000, 3.75],
  [0.25, 7_999, 0.25],
  [0.25, 8_000, 0.3125],
])('a slow pace of %f calls a second is after %d ms one of %f', (rate, ms, raised) => {
  expect(nextCall(state({ rate }), 50_000 + ms, undefined).after.rate).toBe(raised);
});

test('a rate below one call a second spreads the calls, and keeps the last one', () => {
  const slow = nextCall(state({ rate: 0.25, calls: [49_000] }), 50_000, undefined);
  expect(slow.due).toBe(49_000 + 4_200);
  expect(nextCall({ ...slow.after, rate: 0.25 }, 54_900, undefined).after.calls).toContain(50_000);
  expect(nextCall(state({ rate: 2.5, calls: [49_000, 49_100, 49_200] }), 50_000, undefined).due).toBe(50_260);
});

test('a call is due when the second of the call `rate` before it is over', () => {
  const calls = [49_000, 49_500, 49_800];
  expect(nextCall(state({ rate: 3, calls }), 49_900, undefined).due).toBe(50_050);
  expect(nextCall(state({ rate: 4, calls }), 49_900, undefined).due).toBe(0);
  expect(nextCall(state({ rate: 4, calls }), 49_900, 1).due).toBe(50_850);
});

test('a state is read as it was written', () => {
  const written = nextCall(state({ rate: 0.625, halved: 7, calls: [49_900] }), 50_000, undefined).after;
  expect(parsePace(textOf(written), 50_001)).toEqual(written);
});

test.each([
  ['of another format', 'rate=5'],
  ['too short', '10 50000'],
  ['without a rate', '0 50000 0 50000'],
  ['of an earlier boot', '10 50000 0 9999999'],
  ['not used for ten minutes', '2 50000 50000 50000'],
])('a text %s begins anew', (_, text) => {
  expect(parsePace(text, 50_000 + 600_000)).toBeUndefined();
});
