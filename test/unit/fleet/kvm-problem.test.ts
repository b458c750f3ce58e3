import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { kvmProblem, recordKvmProblem } from '../../../src/fleet/kvm-problem.js';
import { bootId } from '../../../src/host/proc/identity.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'root', home: '/root' };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-omi-kvm-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a problem of KVM is known to later builds, until the VM boots again', () => {
  expect(kvmProblem(directory, user)).toBeUndefined();
  recordKvmProblem(directory, user, 'KVM hangs');
  expect(kvmProblem(directory, user)).toBe('KVM hangs');
  const path = join(directory, `${user.uid}.shared/boot-tests/kvm-problem`);
  writeFileSync(path, readFileSync(path, 'utf8').replace(bootId(), 'another boot'));
  expect(kvmProblem(directory, user)).toBeUndefined();
  recordKvmProblem(directory, user, 'KVM fails');
  expect(kvmProblem(directory, user)).toBe('KVM fails');
});

test('without a state directory, and with a link in place of the record, there is none', () => {
  const missing = join(directory, 'missing');
  recordKvmProblem(missing, user, 'KVM hangs');
  expect(kvmProblem(missing, user)).toBeUndefined();
  recordKvmProblem(directory, user, 'KVM hangs');
  const path = join(directory, `${user.uid}.shared/boot-tests/kvm-problem`);
  rmSync(path);
  writeFileSync(join(directory, 'other'), `${bootId()}\nforged\n`);
  symlinkSync(join(directory, 'other'), path);
  expect(kvmProblem(directory, user)).toBeUndefined();
});
