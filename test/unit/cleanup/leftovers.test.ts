import { expect, test } from '@jest/globals';
import { leftText } from '../../../src/cleanup/leftovers.js';
import { BuildError } from '../../../src/common/errors.js';
import type { Claim, Claims, Kind } from '../../../src/ledger/claims.js';

const header = {
  ledger: 1,
  build: 'af71fa03cd0e',
  endpoint: 'https://api.test',
  account: '123456789012',
  region: 'eu-west-2',
  vm: 'i-12345678',
  user: 0,
  owner: { pid: 1, start: '1', boot: 'b' },
} as const;

const claim = <K extends Kind>(kind: K, data: Claims[K]): Claim<K> => ({ number: 1, kind, data });
const linesFor = (...left: Parameters<typeof leftText>[2]): string[] =>
  leftText(header, '/state/0/af71fa03cd0e.jsonl', left).split('\n').slice(1, -1);

test('an attached volume is listed once, with the processes that use it and a hint, without a command that detaches it', () => {
  const held = new BuildError('vol-1 stays attached', {
    output: ['mounted at /mnt/x by sh (12)'],
    hint: 'Stop the process.',
  });
  const attached = { claim: claim('attachment', { volume: 'vol-1', device: '/dev/xvdb' }), error: held };
  const volume = claim('volume', { token: 't', id: 'vol-1' });
  expect(linesFor(attached, { claim: volume, error: new Error('it is still attached') })).toEqual([
    '  attached volume vol-1: vol-1 stays attached',
    '      mounted at /mnt/x by sh (12)',
    '    Stop the process.',
  ]);
  expect(linesFor({ claim: volume, error: new Error('refused') })).toEqual([
    '  volume vol-1: refused',
    '    osc-cli api DeleteVolume --VolumeId vol-1',
  ]);
});

test('manual commands are quoted for the shell, one for each resource', () => {
  const error = new Error('no');
  const registration = { ImageName: 'my image', RootDeviceName: '/dev/sda1', BlockDeviceMappings: [] };
  expect(
    linesFor(
      { claim: claim('directory', { path: '/mnt/a b', ours: true }), error },
      { claim: claim('discarded', { image: 'ami-1', snapshots: ['snap-1', 'snap-2'] }), error },
      { claim: claim('expired', { image: 'ami-2', name: 'web', snapshots: ['snap-3'] }), error },
      { claim: claim('replaced', { id: 'ami-1', snapshot: 'snap-1', registration, tags: [] }), error },
    ).filter((line) => line.startsWith('    ')),
  ).toEqual([
    "    rmdir '/mnt/a b'",
    '    osc-cli api DeleteSnapshot --SnapshotId snap-1',
    '    osc-cli api DeleteSnapshot --SnapshotId snap-2',
    '    osc-cli api DeleteSnapshot --SnapshotId snap-3',
    "    osc-cli api CreateImage --ImageName 'my image' --RootDeviceName /dev/sda1 --BlockDeviceMappings '[]'",
  ]);
});
