import { expect, test } from '@jest/globals';
import { missingCapabilities, openFilesLimit } from '../../../../src/host/exec/privileges.js';

test.each([
  ['all', '000001ffffffffff', []],
  ['the default set of Docker', '00000000a80425fb', ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN']],
  ['all except CAP_CHOWN', '000001fffffffffe', ['CAP_CHOWN']],
])('with %s', (_, effective, missing) => {
  const status = `CapPrm:\t0000000000000000\nCapEff:\t${effective}\nCapBnd:\t0000000000000000\n`;
  expect(missingCapabilities(status)).toEqual(missing);
});
test('no capability is reported missing when the status has no CapEff line', () =>
  expect(missingCapabilities('Name: x\n')).toEqual([]));

test.each([
  ['Max open files            1024                 524288               files', 1024],
  ['Max open files            unlimited            unlimited            files', undefined],
])('%s', (line, limit) => expect(openFilesLimit(`Max processes 1 1 x\n${line}\n`)).toBe(limit));
