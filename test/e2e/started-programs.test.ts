import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { type Watched, watchPrograms } from '../support/local-programs.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

/** Each start takes CPU time of the VM, which limits how many builds it can run at once. */
const limit = 27;

/** A disk that the kernel releases late is read again, which a busy machine needs and no build can avoid. */
const withoutSecondLook = (names: readonly string[]): string[] =>
  names.join(' ').replace('blkid partx blkid partx', 'blkid partx').split(' ');

test(`a plain build that grows its root starts at most ${limit} programs of the VM`, async () => {
  const work = mkdtempSync(join(cloud.folder, 'work-'));
  let watch: Watched | undefined;
  const wrap = (argv: readonly string[]): readonly string[] => {
    watch = watchPrograms(join(cloud.folder, 'programs'), work, argv);
    return watch.argv;
  };
  const { text } = successful(
    await step(cloud, { inputs: { 'omi-name': 'plain', run: 'true' }, wrap }).main(),
  );
  expect(text).toMatch(/^Grew loop\d+p1 to the end of the volume$/m);
  const names = (watch?.starts() ?? []).map((start) => start.split(' ')[0] ?? '');
  expect(names).toContain('resize2fs');
  expect(withoutSecondLook(names).slice(limit)).toEqual([]);
});
