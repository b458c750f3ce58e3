/** @long It runs a build for each program that a build starts. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { withBroken } from '../support/failing-programs.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const inputs = { 'omi-name': 'failing image', tags: 'a=b', run: 'echo working\n' };

test.each(['unshare', 'nsenter', 'perl', 'blkid', 'mount'])(
  'a failure of %s, once for each time it is started, gives one error that names it, and post removes the rest',
  async (program) => {
    const before = await cloud.resources();
    const machine = inventory(cloud.folder);
    for (let skip = 0; ; skip += 1) {
      const work = mkdtempSync(join(cloud.folder, 'broken-'));
      let struck = (): boolean => false;
      const wrap = (argv: readonly string[]): readonly string[] => {
        const broken = withBroken(program, skip, work, argv);
        struck = broken.struck;
        return broken.argv;
      };
      const job = step(cloud, { wrap, inputs: { ...inputs, 'omi-name': `${program} ${skip}` } });
      const main = await job.main();
      if (!struck()) {
        expect(skip).toBeGreaterThan(0);
        expect(main.code).toBe(0);
        break;
      }
      // A failed trim (by perl) only gives a warning: the build registers the OMI.
      const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = job.outputs();
      const kept = main.code === 0 ? [image, snapshot] : [];
      before.push(...kept);
      const reported = main.lines.filter(({ line }) =>
        // The source has findings of lint of its own.
        (kept.length > 0 ? /^::(warning|notice)(?!::Lint: )/ : /^::error/).test(line),
      );
      expect(reported).toHaveLength(1);
      expect(reported[0]?.line).toMatch(/broken on purpose|exited with 42/);
      successful(await job.post());
      expect(await cloud.resources()).toEqual(before.sort());
      expect(inventory(cloud.folder)).toEqual(machine);
    }
  },
  120_000,
);
