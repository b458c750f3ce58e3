import { expect, test } from '@jest/globals';
import { requireLoopDevice } from '../../../../src/emulator/storage/free-loop-device.js';

const missing: readonly (readonly [string, () => Promise<string>, string])[] = [
  [
    'losetup finds none',
    async () => await Promise.reject(new Error('cannot find an unused loop device')),
    'cannot find an unused loop device',
  ],
  ['the device has no node', async () => '/nonexistent/loop9', 'ENOENT'],
];

test.each(missing)('%s: the error has the reason and the fix', async (_, find, reason) => {
  await expect(requireLoopDevice(find)).rejects.toMatchObject({
    message: expect.stringMatching(`^no loop device can be used on this machine: .*${reason}`),
    hint: expect.stringContaining('modprobe loop'),
  });
});

test('a device that can be opened is enough', async () => {
  await expect(requireLoopDevice(async () => '/dev/null')).resolves.toBeUndefined();
});
