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
  ['first', 20, 0, 10],
  ['first', 1 / 16, 0, 1 / 16],
  ['later', 10, 55_000, 7],
  ['later', 5, 55_000, 3.75],
  ['later', 4, 55_000, 3],
  ['later', 1 / 16, 55_000, 1 / 16],
])('the %s refusal at %f calls a second (before: at %d) leaves %f', (_, rate, lowered, left) => {
  expect(paceAfterRefusal(state({ rate, lowered }), 60_000, 60_010)).toMatchObject({
    rate: left,
    since: 60_010,
    lowered: 60_010,
    refused: rate,
    proven: 0,
  });
});

test('a refusal leaves the rate that was used before it rose', () => {
  const refused = (proven: number): number | undefined =>
    paceAfterRefusal(state({ rate: 6, lowered: 40_000, proven }), 60_000, 60_010)?.rate;
  expect(refused(5)).toBe(5);
  expect(refused(0)).toBe(4);
});

test('a refused call that was sent before the rate was lowered does not lower it', () => {
  expect(paceAfterRefusal(state({ lowered: 60_000 }), 60_000, 60_100)).toBeUndefined();
  expect(paceAfterRefusal(state({ lowered: 60_000 }), 60_001, 60_100)).toBeDefined();
});

test.each([
  [19, 1_999, 19],
  [19, 2_000, 20],
  [19, 500_000, 20],
  // Time without calls shows nothing of the limit.
  [20, 500_000, 20],
  [30, 500_000, 30],
])('a pace of %d calls a second that is not used is after %d ms one of %d', (rate, ms, later) => {
  expect(nextCall(state({ rate }), 50_000 + ms, undefined).after.rate).toBe(later);
});

test('a pace that is used rises beyond the first one', () => {
  const calls = Array.from({ length: 20 }, (_, index) => 51_500 + 20 * index);
  const later = nextCall(state({ lowered: 40_000, calls }), 52_600, undefined).after;
  expect(later).toMatchObject({ rate: 21, proven: 20 });
});

test.each([
  // The refused rate is tried again after a longer time, and lower ones soon.
  [{ rate: 5, refused: 6 }, 19_999, 5],
  [{ rate: 5, refused: 6 }, 20_000, 6],
  [{ rate: 4, refused: 6 }, 2_000, 5],
  [{ rate: 3.75, refused: 6 }, 2_000, 4],
  [{ rate: 5.5, refused: 8 }, 2_000, 6],
])('%j rises after %d ms to %f', (more, ms, rate) => {
  expect(nextCall(state({ lowered: 40_000, ...more }), 50_000 + ms, undefined).after.rate).toBe(rate);
});

test('only a rate that was used is proven', () => {
  const calls = Array.from({ length: 5 }, (_, index) => 51_000 + 200 * index);
  const proven = (more: Partial<PaceState>): number =>
    nextCall(state({ rate: 5, lowered: 40_000, ...more }), 52_060, undefined).after.proven;
  expect(proven({ calls })).toBe(5);
  expect(proven({ calls: calls.slice(1) })).toBe(0);
  // It stays proven until the rate changes.
  expect(proven({ calls, since: 52_000, proven: 4 })).toBe(4);
});

test('until a call is refused, the rate doubles with each second in which all its calls were used', () => {
  const used = Array.from({ length: 20 }, (_, index) => 50_000 + 20 * index);
  expect(nextCall(state({ calls: used }), 51_049, undefined)).toMatchObject({
    due: 51_050,
    after: { rate: 20 },
  });
  const doubled = nextCall(state({ calls: used.map((at) => at + 100) }), 51_050, undefined);
  expect(doubled).toMatchObject({ due: 0, after: { rate: 40, since: 51_050 } });
  expect(nextCall(state({ calls: used.slice(1) }), 51_050, undefined).after.rate).toBe(20);
  expect(nextCall(state({ calls: used, lowered: 40_000 }), 51_050, undefined).after.rate).toBe(20);
});

test.each([
  [3, 2_000, 3.75],
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
  const written = nextCall(
    state({ rate: 0.625, lowered: 7, refused: 0.75, calls: [49_900] }),
    50_000,
    undefined,
  ).after;
  expect(parsePace(textOf(written), 50_001)).toEqual(written);
});

test.each([
  ['of another format', 'rate=5'],
  ['too short', '10 50000'],
  ['without a rate', '0 50000 0 0 0 50000'],
  ['of an earlier boot', '10 50000 0 0 0 9999999'],
  // It has no rates, but the times of calls in their place.
  ['of the version before', '20 50000 0 50100 50200 50300'],
  ['not used for ten minutes', '2 50000 50000 0 0 50000'],
])('a text %s begins anew', (_, text) => {
  expect(parsePace(text, text.includes('50300') ? 50_400 : 50_000 + 600_000)).toBeUndefined();
});
