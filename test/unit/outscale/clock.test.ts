import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount, startEmulator } from '../../../src/emulator/emulator.js';
import { createCloud } from '../../../src/outscale/client/client.js';
import { createTransport } from '../../../src/outscale/client/transport.js';

test.each([-3_600_000, 3_600_000, 10 * 365 * 86_400_000])(
  'an API that verifies signatures accepts those of a clock that is %d ms off and jumps back',
  async (off) => {
    const scratch = mkdtempSync(join(tmpdir(), 'clock-'));
    const record = join(scratch, 'record');
    const emulator = await startEmulator({ directory: join(scratch, 'state'), record });
    try {
      let skew = off;
      const cloud = createCloud({
        endpoint: emulator.endpoint,
        region: 'eu-west-2',
        keys: () => Promise.resolve(defaultAccount),
        transport: createTransport(),
        clock: () => Date.now() + skew,
      });
      for (let count = 0; count < 6; count += 1) {
        await expect(cloud.call('ReadVms', {})).resolves.toMatchObject({ Vms: [{}] });
        skew -= off;
      }
      const statuses = readFileSync(record, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).status);
      expect(statuses).toEqual([401, 200, 200, 200, 200, 200, 200]);
    } finally {
      await emulator.close({ remove: true });
      rmSync(scratch, { recursive: true });
    }
  },
);
