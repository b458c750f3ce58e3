import { expect, test } from '@jest/globals';
import { canonical } from '../../../src/common/canonical.js';

test('the order of keys and undefined values do not matter', () => {
  expect(canonical({ b: [1, undefined], a: { d: null, c: 'x', e: undefined } })).toBe(
    '{"a":{"c":"x","d":null},"b":[1,null]}',
  );
});

test.each([
  [['1'], [1]],
  [{ a: 'b' }, ['a', 'b']],
  [Buffer.from('a'), Buffer.from('b')],
  [Buffer.from('a'), 'a'],
  [/a/, /b/],
])('%j and %j differ', (...[one, other]) => {
  expect(canonical(one)).not.toBe(canonical(other));
});

test.each([[new Map()], [new Date()], [() => 1], [1n]])('%s has no digest', (...[value]) => {
  expect(() => canonical({ value })).toThrow(/has no digest/);
});
