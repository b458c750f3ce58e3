import { describe, expect, test } from '@jest/globals';
import { type Operation, operations } from '../../../src/outscale/api.js';
import { differences, type Exchange, exchanges, nameOf } from '../../support/recordings.js';

const known = (one: Exchange): one is Exchange & { readonly operation: Operation } =>
  one.operation in operations;
const rows = exchanges.filter(known).map((one): [string, typeof one] => [nameOf(one), one]);

if (rows.length > 0) {
  describe('the schemas contain every field of the recorded requests and responses', () => {
    test.each(rows.filter(([, { status }]) => status === 200))('%s', (_name, { operation, response }) => {
      expect(operations[operation].response.parse(response)).toEqual(response);
    });
    test.each(rows)('request of %s', (_name, { operation, request }) => {
      expect(operations[operation].request.parse(request ?? {})).toEqual(request ?? {});
    });
  });
}

test.each<[string, unknown, unknown, string[]]>([
  ['other values of the same types', { A: [{ B: 'x', C: 1 }] }, { A: [{ B: 'y', C: 2 }] }, []],
  ['a missing field', { A: 1, B: 2 }, { A: 1 }, ['.B is missing']],
  ['another field', { A: 1 }, { A: 1, B: 2 }, ['.B was not recorded']],
  ['another type', { A: 1 }, { A: '1' }, ['.A: string, not number']],
  ['a list for an object', { A: {} }, { A: [] }, ['.A: list, not object']],
  ['an empty list', { A: [1] }, { A: [] }, ['.A: 0 entries, not 1']],
  ['an entry like the second one', { A: [{ B: 1 }, { C: 1 }] }, { A: [{ C: 2 }] }, []],
  [
    'an entry like none',
    { A: [{ B: 1 }, { C: 1 }] },
    { A: [{ D: 2 }] },
    ['.A[0].B is missing', '.A[0].D was not recorded'],
  ],
  ['another state', { State: 'available' }, { State: 'creating' }, ['.State: creating, not available']],
  ['a redacted state', { State: 'redacted-7' }, { State: 'creating' }, []],
  ['another code', { Code: '5054' }, { Code: '90003' }, ['.Code: 90003, not 5054']],
])('the comparison finds %s', (_what, recorded, answer, found) => {
  expect(differences(recorded, answer)).toEqual(found);
});
