import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount, type Emulator, otherAccount, startEmulator } from '../../src/emulator/emulator.js';
import { callNamed } from '../../src/emulator/server/calls.js';
import { localNames } from '../../src/host/disk/block-devices.js';
import { freeNames } from '../../src/host/disk/device-names.js';
import { callerOf, send, until } from '../support/emulator-client.js';
import {
  differences,
  type Exchange,
  exchanges,
  isRedacted,
  nameOf,
  pairs,
  replaced,
} from '../support/recordings.js';

const region = 'cloudgouv-eu-west-1';
/** The VM of the recordings; a Net, which the emulator does not have, and the volume that stands for it. */
const recordedVm = 'i-00000339';
const recordedNet = 'vpc-0000032a';

/** Redacted states and types, by what was done before and by where else the same text stands. */
const texts = new Map([
  ['refusals redacted-3', 'InvalidResource'],
  ['refusals redacted-17', 'InvalidParameterValue'],
  ['lifecycle redacted-1139', 'attached'],
  ['lifecycle redacted-1142', 'in-use'],
  ['lifecycle redacted-1144', 'running'],
  ['lifecycle redacted-1151', 'creating'],
  ['lifecycle redacted-1155', 'in-queue'],
]);

/** Differences of the emulator from the recordings, and why. */
const expected = {
  'is one VM, this machine: it starts, changes and terminates none': [
    'lifecycle 28 CreateVms',
    'lifecycle 32 ReadVmsState',
    'lifecycle 34 UpdateVm',
    'lifecycle 81 DeleteVms',
    'refusals 1 DeleteVms',
    'refusals 5 UpdateVm',
    'refusals 7 CreateVms',
  ],
  'is always running': ['lifecycle 29 ReadVms'],
  'has no public IP': ['lifecycle 40 ReadVms'],
  'is not terminated, so it keeps its disk and its network': ['lifecycle 82 ReadVms', 'lifecycle 83 ReadVms'],
};

/** An OMI of the caller, of an imported snapshot. */
async function makeImage(emulator: Emulator, account: typeof defaultAccount, disk: string): Promise<void> {
  const call = callerOf(emulator, account, region);
  const { Snapshot } = await call('CreateSnapshot', {
    FileLocation: `file://${disk}`,
    SnapshotSize: 2 ** 20,
  });
  const SnapshotId = Snapshot?.SnapshotId ?? '';
  const filter = { Filters: { SnapshotIds: [SnapshotId] } };
  await until('imported', async () => {
    const { Snapshots } = await call('ReadSnapshots', filter);
    return Snapshots?.[0]?.State === 'completed';
  });
  const { Image } = await call('CreateImage', {
    ImageName: 'one',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId } }],
  });
  const ImageId = Image?.ImageId ?? '';
  await call('UpdateImage', { ImageId, PermissionsToLaunch: { Additions: { GlobalPermission: true } } });
  await until('available', async () => {
    const { Images } = await call('ReadImages', { Filters: { ImageIds: [ImageId] } });
    return Images?.[0]?.State === 'available';
  });
}

/** What a redacted text of a request may have been. */
function guesses(device: string): Map<string, string> {
  const asked = exchanges.flatMap(({ request }) => pairs(request, request));
  const of = (field: string, value: string) =>
    asked.flatMap(({ at, was }): [string, string][] =>
      at === field && isRedacted(was) ? [[was, value]] : [],
    );
  return new Map([...of('VolumeType', 'standard'), ...of('DeviceName', device)]);
}

/** Replays the recordings in their order; returns each exchange with how the emulator's answer differs. */
async function replay(emulator: Emulator, net: string, device: string): Promise<Map<string, string[]>> {
  // IDs are of one recording.
  const ids = new Map<string, Map<string, string>>();
  const guessed = guesses(device);
  const found = new Map<string, string[]>();
  const ask = async ({
    file,
    operation,
    request,
    status,
    response: redacted,
  }: Exchange): Promise<string[]> => {
    const known = ids.get(file) ?? new Map([[recordedNet, net]]);
    ids.set(file, known);
    const response = replaced(redacted, (text) => texts.get(`${file} ${text}`) ?? text);
    const wanted = replaced(request, (text) => known.get(text) ?? guessed.get(text) ?? text);
    const answer = await send(emulator, defaultAccount, operation, wanted, undefined, region);
    for (const { was, is } of pairs(response, answer.body)) if (/^(vol|snap)-/.test(was)) known.set(was, is);
    return [
      ...(answer.status === status ? [] : [`status ${answer.status}, not ${status}`]),
      ...differences(response, answer.body),
    ];
  };
  for (const exchange of exchanges) {
    const isRead = exchange.operation.startsWith('Read');
    // What was read is read until it is as recorded: states take their time.
    const deadline = Date.now() + (isRead ? 1000 : 0);
    let all = await ask(exchange);
    while (all.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      all = await ask(exchange);
    }
    found.set(nameOf(exchange), all);
  }
  return found;
}

if (exchanges.length > 0) {
  test('the emulator answers like the real API', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'recordings-'));
    // The account of the recordings has no alias.
    const { alias: _, ...owner } = defaultAccount;
    const accounts = [owner, otherAccount];
    const emulator = await startEmulator({
      directory: join(scratch, 'state'),
      region,
      vmId: recordedVm,
      latency: 200,
      snapshotTime: 5000,
      accounts,
    });
    try {
      const disk = join(scratch, 'disk.raw');
      writeFileSync(disk, 'x');
      const { Volume } = await callerOf(
        emulator,
        defaultAccount,
        region,
      )('CreateVolume', {
        SubregionName: `${region}a`,
        Size: 1,
      });
      for (const account of [defaultAccount, otherAccount]) await makeImage(emulator, account, disk);
      // Other tests of this machine take names meanwhile, the short ones first: any of the long ones.
      const free = freeNames(localNames()).filter((name) => /xvd[m-z][a-z]$/.test(name));
      const device = free[randomInt(free.length)] ?? '';
      const found = await replay(emulator, Volume?.VolumeId ?? '', device);
      const different = [...found].filter(([, all]) => all.length > 0);
      const unexpected = different.filter(([name]) => !Object.values(expected).flat().includes(name));
      expect(unexpected).toEqual([]);
      expect(different.map(([name]) => name).sort()).toEqual(Object.values(expected).flat().sort());
      expect(found.size).toBe(exchanges.length);
    } finally {
      await emulator.close({ remove: true });
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

test('the emulator refuses an operation that it does not implement by name', () => {
  const unserved = new Set(
    exchanges.map(({ operation }) => operation).filter((name) => callNamed(name) === undefined),
  );
  expect(exchanges.length === 0 ? [] : [...unserved].sort()).toEqual(
    exchanges.length === 0 ? [] : ['CreateVms', 'DeleteVms', 'ReadVmsState', 'UpdateVm'],
  );
  expect(callNamed('ReadVms')).toBeDefined();
});
