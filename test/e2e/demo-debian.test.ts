import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { dist } from '../support/cloud.js';
import { without } from '../support/failing-programs.js';
import { launch } from '../support/process.js';

test.each([
  {
    what: 'a disk that is missing',
    flags: ['--disk', '/nonexistent/debian.raw'],
    missing: [],
    error: /--disk: \/nonexistent\/debian\.raw is not a regular file[\s\S]*qemu-img convert -O raw/,
  },
  {
    what: 'missing programs',
    flags: ['--debian'],
    missing: ['mmdebstrap', 'sfdisk'],
    error: /missing programs on this VM: sfdisk \(package fdisk\), mmdebstrap \(package mmdebstrap\)/,
  },
  {
    what: 'missing programs of the boot test',
    flags: ['--debian'],
    missing: ['qemu-system-x86_64'],
    error: /missing programs on this VM: qemu-system-x86_64 \(package qemu-system-x86\)/,
  },
])('with $what the demo of Debian ends before it makes anything', async ({ flags, missing, error }) => {
  const temp = mkdtempSync(join(tmpdir(), 'build-omi-story-'));
  const argv = [process.execPath, join(dist, 'cli.js'), 'demo', ...flags];
  const { code, text } = await launch(missing.length === 0 ? argv : without(missing, argv), {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    TMPDIR: temp,
  }).ended;
  expect([code, text]).toEqual([1, expect.stringMatching(error)]);
  expect(readdirSync(temp)).toEqual([]);
  rmSync(temp, { recursive: true });
});
