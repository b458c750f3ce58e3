import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sealActions } from '../../../src/config/types/seal.js';
import { sealImage } from '../../../src/quality/seal/seal.js';
import { imageOf } from './image.js';

test('each action removes or empties its files, and nothing else', () => {
  const id = `${'0123456789abcdef'.repeat(2)}\n`;
  const kept = {
    '/etc/ssh/sshd_config': 'x',
    '/var/lib/cloud/seed/a': 'x',
    '/root/.bashrc': 'x',
    '/var/cache/apt/archives/lock': '',
    '/var/lib/apt/lists/lock': '',
  };
  using image = imageOf({
    ...kept,
    '/etc/ssh/ssh_host_rsa_key': 'x',
    '/etc/ssh/ssh_host_rsa_key.pub': 'x',
    '/etc/machine-id': id,
    '/var/lib/dbus/machine-id': id,
    '/var/lib/cloud/instances/i-1/user-data.txt': 'x',
    '/root/.bash_history': 'ls\n',
    '/var/log/apt/history.log': 'x',
    '/var/log/syslog.1': 'x',
    '/var/log/journal/0123/system.journal': 'x',
    '/var/cache/apt/archives/a.deb': 'x',
    '/var/lib/apt/lists/a_InRelease': 'x',
    '/var/lib/systemd/random-seed': 'x',
  });
  chmodSync(image.at('/etc/machine-id'), 0o444);
  const sealed = sealImage(image.tree, sealActions);
  expect(Object.fromEntries(sealed.map(({ action, paths }) => [action, paths]))).toEqual({
    'host-keys': ['/etc/ssh/ssh_host_rsa_key', '/etc/ssh/ssh_host_rsa_key.pub'],
    'machine-id': ['/etc/machine-id', '/var/lib/dbus/machine-id'],
    'cloud-init': ['/var/lib/cloud/instances'],
    histories: ['/root/.bash_history'],
    logs: ['/var/log/apt/history.log', '/var/log/journal/0123', '/var/log/syslog.1'],
    'package-caches': ['/var/cache/apt/archives/a.deb', '/var/lib/apt/lists/a_InRelease'],
    'random-seed': ['/var/lib/systemd/random-seed'],
  });
  for (const [path, text] of Object.entries(kept)) expect(readFileSync(image.at(path), 'utf8')).toBe(text);
  expect(statSync(image.at('/etc/machine-id'))).toMatchObject({ size: 0, mode: 0o100444 });
  expect(statSync(image.at('/var/log/apt/history.log')).size).toBe(0);
  for (const path of ['/etc/ssh/ssh_host_rsa_key', '/var/log/syslog.1', '/var/lib/cloud/instances'])
    expect(existsSync(image.at(path))).toBe(false);
});

test('nothing is removed where something else is mounted, nor from the root directory', () => {
  using image = imageOf({
    '/var/cache/apt/archives/a.deb': 'of the VM',
    '/var/log/vm/a.log': 'of the VM',
    '/dev/null': 'of the VM',
    '/etc/passwd': '',
  });
  symlinkSync('/', image.at('/var/cache/apk'));
  const sealed = sealImage(image.tree, sealActions, ['/dev', '/var/cache/apt/archives', '/var/log/vm']);
  expect(
    sealed.flatMap(({ action, problem }) => (problem === undefined ? [] : [`${action}: ${problem}`])),
  ).toEqual([
    'logs: /var/log/vm/a.log is on a mount that is not of the image: /var/log/vm',
    'package-caches: /var/cache/apt/archives/a.deb is on a mount that is not of the image: /var/cache/apt/archives',
  ]);
  const others = sealImage(image.tree, ['package-caches'], ['/dev']);
  expect(others[0]?.problem).toMatch(
    /is on a mount that is not of the image: \/dev$|leads to the root directory/,
  );
  expect(readFileSync(image.at('/dev/null'), 'utf8')).toBe('of the VM');
  expect(existsSync(image.at('/etc/passwd'))).toBe(true);
});

test('symbolic links and FIFOs of an image lead to no file of the VM', () => {
  const canary = mkdtempSync(join(tmpdir(), 'build-omi-canary-'));
  try {
    writeFileSync(join(canary, 'a.log'), 'precious');
    writeFileSync(join(canary, 'ssh_host_rsa_key'), 'precious');
    using image = imageOf();
    symlinkSync(join(canary, 'a.log'), image.at('/etc/machine-id'));
    symlinkSync(canary, image.at('/etc/ssh'));
    symlinkSync(canary, image.at('/var/log/canary'));
    symlinkSync(join(canary, 'a.log'), image.at('/var/log/a.log'));
    symlinkSync(canary, image.at('/root/.bash_history'));
    symlinkSync('/var/lib/apt/lists', image.at('/var/lib/apt/lists'));
    execFileSync('mkfifo', [image.at('/var/log/fifo')]);
    const sealed = sealImage(image.tree, sealActions);
    expect(sealed.filter(({ problem }) => problem !== undefined).map(({ action }) => action)).toEqual([
      'package-caches',
    ]);
    for (const name of ['a.log', 'ssh_host_rsa_key'])
      expect(readFileSync(join(canary, name), 'utf8')).toBe('precious');
  } finally {
    rmSync(canary, { recursive: true });
  }
});
