/** @alone Another test would take the loop device that this one detaches. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { disks, sequenceOf } from '../../src/host/disk/block-devices.js';
import { highestSequence } from '../../src/host/disk/find-disk.js';
import { exec } from '../../src/host/exec/exec.js';

test('a disk without content is listed without its diskseq, which counts for the highest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  const file = join(folder, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 20);
  const { stdout } = await exec(['losetup', '--find', '--show', file]);
  const path = stdout.trim();
  const name = path.replace('/dev/', '');
  const found = () => disks().find((one) => one.name === name);
  try {
    const first = found();
    expect(first).toEqual({ name, size: 2 ** 20, serial: undefined, sequence: sequenceOf(name) });
    expect(first?.sequence).toMatch(/^\d+$/);
    await exec(['losetup', '--detach', path]);
    expect(found()).toEqual({ name, size: 0, serial: undefined, sequence: undefined });
    // A disk that keeps its diskseq when it gets content must not look like one that has appeared since.
    expect(highestSequence()).toBeGreaterThanOrEqual(Number(sequenceOf(name)));
    await exec(['losetup', path, file]);
    expect(Number(found()?.sequence)).toBeGreaterThan(Number(first?.sequence));
  } finally {
    await exec(['losetup', '--detach', path]);
    rmSync(folder, { recursive: true });
  }
});
