import { expect, test } from '@jest/globals';
import type { Volume } from '../../../src/outscale/api.js';
import { type Cloud, createCloud } from '../../../src/outscale/client/client.js';
import { type AttachedDisk, undoAttachment } from '../../../src/steps/attach.js';
import { requestDetach } from '../../../src/steps/early-detach/request.js';
import { completeSnapshot } from '../../../src/steps/snapshots/complete.js';
import { toolsOf } from '../../support/tools.js';

/** What an API does, by the milliseconds since the start. */
interface Times {
  /** UnlinkVolume is throttled until then. */
  readonly throttled: number;
  /** The link is listed for so long after its end was accepted. */
  readonly detaching: number;
}

/** A cloud with one attached volume, whose snapshot takes 20 s, and a clock that only sleeping moves. */
function cloudAt({ throttled, detaching }: Times) {
  let now = 0;
  let unlinked: number | undefined;
  const calls: { readonly operation: string; readonly at: number; readonly status: number }[] = [];
  const state = (): string | undefined => {
    if (unlinked === undefined) return 'attached';
    return now < unlinked + detaching ? 'detaching' : undefined;
  };
  const volume = (): Volume => {
    const link = state();
    return {
      VolumeId: 'vol-1',
      LinkedVolumes: link === undefined ? [] : [{ VolumeId: 'vol-1', State: link }],
    };
  };
  const answers: Readonly<Record<string, () => object>> = {
    ReadVolumes: () => ({ Volumes: [volume()] }),
    ReadSnapshots: () => ({
      Snapshots: [{ SnapshotId: 'snap-1', State: now < 20_000 ? 'pending' : 'completed' }],
    }),
    UnlinkVolume: () => {
      unlinked ??= now;
      return {};
    },
  };
  const time = {
    clock: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const cloud: Cloud = createCloud({
    endpoint: 'https://api.example.com',
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey: 'key', secretKey: 'secret' }),
    steady: time.clock,
    sleep: time.sleep,
    transport: async ({ url }) => {
      const operation = url.replace(/.*\//, '');
      const isThrottled = operation === 'UnlinkVolume' && now < throttled;
      const status = isThrottled ? 429 : 200;
      calls.push({ operation, at: now, status });
      return { status, headers: {}, body: JSON.stringify(isThrottled ? {} : answers[operation]?.()) };
    },
  });
  return { cloud, time, calls };
}

const hour = 3_600_000;

/** Detaches a volume while its snapshot is taken, as a build does after it has frozen the disk. */
async function detachEarly(times: Times) {
  const { cloud, time, calls } = cloudAt(times);
  const tools = await toolsOf('0123456789ab', cloud, hour, undefined, time);
  const claim = tools.ledger.claim('attachment', { volume: 'vol-1', device: '/dev/xvdb' });
  const disk: AttachedDisk = {
    volume: 'vol-1',
    device: '/dev/xvdb',
    disk: 'none',
    sequence: undefined,
    growth: 'never',
    fromScratch: false,
    claim,
  };
  const refusal = await requestDetach(disk, tools);
  const asked = time.clock();
  const snapshot = { id: 'snap-1', isTagged: true, requested: 0 };
  const volume = { id: 'vol-1', size: 1, type: undefined, iops: undefined };
  const context = { account: '1', vm: { vmId: 'i-1', region: 'r', subregion: 'ra' }, source: undefined };
  const labels = { name: 'one', tags: {}, snapshotTags: {} };
  const target = { ...context, growth: 'never', labels, replaces: undefined } as const;
  await completeSnapshot(snapshot, volume, target, { snapshot_users: [], snapshot_groups: [] }, tools);
  const completed = time.clock();
  if (refusal === undefined) await undoAttachment.run(claim.data, tools);
  return { refusal, asked, completed, detached: time.clock(), calls, claim };
}

const unlinks = ({ calls }: Pick<Awaited<ReturnType<typeof detachEarly>>, 'calls'>) =>
  calls.filter(({ operation }) => operation === 'UnlinkVolume');

test('an unlink that is throttled for 60 s is repeated until it is accepted, and the snapshot is then completed', async () => {
  const build = await detachEarly({ throttled: 60_000, detaching: 4_000 });
  expect(build.refusal).toBeUndefined();
  expect(build.claim.data.unlinked).toBe(true);
  expect(build.asked).toBeGreaterThanOrEqual(60_000);
  expect(build.asked).toBeLessThan(60_000 + 10_000);
  expect(unlinks(build).filter(({ status }) => status === 200)).toHaveLength(1);
  // Full backoff: a delay of at most 10 s, of 5 s on average.
  expect(unlinks(build).length).toBeLessThan(60);
  // The snapshot was completed meanwhile: one look is enough.
  expect(build.completed).toBe(build.asked);
  expect(build.detached).toBeLessThan(build.asked + 4_000 + 5_000);
});

test('a link that is detaching for 60 s is awaited after the snapshot, without another request', async () => {
  const build = await detachEarly({ throttled: 0, detaching: 60_000 });
  expect(build.refusal).toBeUndefined();
  expect(build.completed).toBeLessThan(25_000);
  expect(build.detached).toBeGreaterThanOrEqual(60_000);
  expect(build.detached).toBeLessThan(66_000);
  expect(unlinks(build)).toHaveLength(1);
});

test('an unlink that is throttled for longer than a call is repeated leaves the snapshot, and is asked for later', async () => {
  const build = await detachEarly({ throttled: 600_000, detaching: 0 });
  expect(build.refusal).toContain('UnlinkVolume was throttled');
  expect(build.claim.data.unlinked).toBeUndefined();
  expect(build.completed).toBeGreaterThan(20_000);
});
