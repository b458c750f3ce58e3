import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { dist } from '../support/cloud.js';
import { launch } from '../support/process.js';

/** Without loop devices, as in a container that has no access to them. */
const noLoops = [
  'unshare',
  '--mount',
  'sh',
  '-ec',
  'mount -t tmpfs tmpfs /dev; mknod /dev/null c 1 3; mknod /dev/urandom c 1 9; exec "$@"',
  'sh',
];

test.each(['demo', 'emulator'])(
  'without a loop device %s ends before it makes anything',
  async (command) => {
    const temp = mkdtempSync(join(tmpdir(), 'build-omi-story-'));
    const flags = command === 'emulator' ? ['--directory', join(temp, 'emulator')] : [];
    const { code, text } = await launch(
      [...noLoops, process.execPath, join(dist, 'cli.js'), command, ...flags],
      { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', TMPDIR: temp },
    ).ended;
    expect(code).toBe(1);
    expect(text).toMatch(/no loop device can be used on this machine: /);
    expect(text).toMatch(/modprobe loop/);
    expect(readdirSync(temp)).toEqual([]);
    rmSync(temp, { recursive: true });
  },
  30_000,
);
