import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readFromSnapshot } from '../../../../src/demo/read-snapshot.js';
import { localNames } from '../../../../src/host/disk/block-devices.js';
import { freeNames } from '../../../../src/host/disk/device-names.js';
import { askContested, type Timing } from '../../../../src/outscale/calls/contested.js';
import { askOnce } from '../../../../src/outscale/calls/create-once.js';
import { removalOf } from '../../../../src/outscale/calls/delete.js';
import { unlinkVolume } from '../../../../src/outscale/calls/volume-links.js';
import { type Cloud, createCloud } from '../../../../src/outscale/client/client.js';
import { AnswerLostError, ApiError } from '../../../../src/outscale/errors.js';
import { linkDevice } from '../../../../src/runtime/device-name.js';
import type { Build } from '../../../../src/runtime/tools.js';
import { deleteDiscarded } from '../../../../src/steps/discard.js';
import { requestSnapshot, tryRequestSnapshot } from '../../../../src/steps/snapshot.js';
import { copySource } from '../../../../src/steps/source-copy.js';
import { undoVolume } from '../../../../src/steps/volume.js';
import { toolsOf } from '../../../support/tools.js';

const why = 'The volume is being moved.';
const conflict = (operation: string): ApiError =>
  new ApiError(operation, { status: 409, code: '9031', type: 'ResourceConflict', details: why }, 'req-1');

/** A clock that only sleeping moves. */
function stopped(): Timing & { readonly now: () => number } {
  let now = 0;
  return {
    clock: () => now,
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

/** The answer to a call that the API refuses. */
const refusal = {
  Errors: [{ Code: '9031', Type: 'ResourceConflict', Details: why }],
  ResponseContext: { RequestId: 'req-1' },
};

/** A cloud with these answers, else empty lists. A refusal is a conflict unless it has a status. */
function answering(answers: Readonly<Record<string, object | ((body: string) => object)>>): {
  readonly cloud: Cloud;
  /** The bodies of the requests of a call. */
  readonly asked: (operation: string) => string[];
} {
  const all: { readonly operation: string; readonly body: string }[] = [];
  const cloud = createCloud({
    endpoint: 'https://api.example.com',
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey: 'key', secretKey: 'secret' }),
    transport: async ({ url, body }) => {
      const operation = url.replace(/.*\//, '');
      all.push({ operation, body });
      const given = answers[operation] ?? { Volumes: [], Snapshots: [], Images: [] };
      const answer: object = typeof given === 'function' ? given(body) : given;
      const { status = 'Errors' in answer ? 409 : 200 }: { status?: number } = answer;
      return { status, headers: {}, body: JSON.stringify(answer) };
    },
  });
  return {
    cloud,
    asked: (operation) => all.flatMap((one) => (one.operation === operation ? [one.body] : [])),
  };
}

test('a refusal that another process explains is no failure, and is looked up for as long as lists lag', async () => {
  const time = stopped();
  const asked: number[] = [];
  const result = await askContested(
    {
      ask: async () => {
        asked.push(time.now());
        if (asked.length < 9) throw conflict('LinkVolume');
        return 'linked';
      },
      // Each list shows the cause 4 s late.
      isExplained: async () => time.now() - (asked.at(-1) ?? 0) >= 4_000 - 1,
      signal: new AbortController().signal,
    },
    time,
  );
  expect(result).toBe('linked');
  expect(time.now()).toBeGreaterThan(8 * 3_900);
  expect(time.now()).toBeLessThanOrEqual(8 * 5_000);
});

test('without an explanation a call fails after three refusals, at least 10 s after the first', async () => {
  const time = stopped();
  const asked: number[] = [];
  const refusals: boolean[] = [];
  const ask = async (): Promise<never> => {
    asked.push(time.now());
    throw conflict('LinkVolume');
  };
  await expect(
    askContested(
      {
        ask,
        // The second refusal is explained: the count starts again.
        isExplained: async () => asked.length === 2,
        refused: (_, isExplained) => refusals.push(isExplained),
        signal: new AbortController().signal,
      },
      time,
    ),
  ).rejects.toMatchObject({ message: expect.stringContaining(why) });
  expect(refusals).toEqual([false, true, false, false, false]);
  expect(asked).toEqual([0, 5_000, 5_000, 10_000, 15_000]);
});

test('any other error ends a call at once', async () => {
  const isExplained = (): never => {
    throw new Error('not looked up');
  };
  const ask = async (): Promise<never> => await Promise.reject(new Error('other'));
  await expect(askContested({ ask, isExplained, signal: new AbortController().signal })).rejects.toThrow(
    'other',
  );
});

const request = {
  volume: 'vol-1',
  vmId: 'i-1',
  watch: { sent: () => {}, failed: () => {} },
};
const vm = { vmId: 'i-1', subregion: 'eu-west-2a', region: 'eu-west-2' };

/** Links a volume. @returns its device name or the error, and the device names that were requested */
async function linking(
  device: string | undefined,
  answers: Parameters<typeof answering>[0] = { LinkVolume: refusal },
  build: Partial<Build> = {},
): Promise<readonly [string, readonly string[]]> {
  const { cloud, asked } = answering(answers);
  const same = await toolsOf('0123456789ab', cloud);
  const tools = { ...same, build: { ...same.build, ...build } };
  const claim = tools.ledger.claim('attachment', { volume: 'vol-1', device: '', after: 0 });
  const error = await linkDevice(device, { ...request, claim }, tools, stopped()).catch(String);
  return [error, asked('LinkVolume')];
}

test('a name that the API has linked is not requested again, whatever the refusal', async () => {
  const invalid = {
    status: 400,
    Errors: [{ Code: '4116', Type: 'InvalidParameterValue', Details: 'used' }],
  };
  const [used = '', next = ''] = freeNames(localNames());
  const linked = { VolumeId: 'vol-2', LinkedVolumes: [{ DeviceName: used }] };
  const [device, asked] = await linking(undefined, {
    LinkVolume: (body) => (body.includes(`"${used}"`) ? invalid : {}),
    ReadVolumes: { Volumes: [linked] },
  });
  expect(device).toBe(next);
  expect(asked.map((body) => JSON.parse(body).DeviceName)).toEqual([used, next]);
  const [error, others] = await linking(undefined, { LinkVolume: invalid });
  expect(error).toContain('used');
  expect(others).toHaveLength(1);
});

test('ledgers that name every device do not prevent a build', async () => {
  const [first = ''] = freeNames(localNames());
  const everywhere = { devicesInUse: () => freeNames([]) };
  expect(await linking(undefined, { LinkVolume: {} }, everywhere)).toMatchObject([first, expect.anything()]);
  const others = { devicesInUse: () => [first] };
  expect((await linking(undefined, { LinkVolume: {} }, others))[0]).not.toBe(first);
});

/** Every file of src that treats a conflict, and what the user learns of one that lasts. */
const treatments: Readonly<Record<string, () => Promise<string>>> = {
  'runtime/device-name.ts': async () => {
    const device = freeNames(localNames()).at(-7) ?? '';
    const [free, anyName] = await linking(undefined);
    expect(new Set(anyName).size).toBe(3);
    const [given, sameName] = await linking(device);
    expect(sameName).toHaveLength(3);
    for (const body of sameName) expect(JSON.parse(body)).toMatchObject({ DeviceName: device });
    expect(given).toContain(why);
    return free;
  },
  'demo/read-snapshot.ts': async () => {
    const { cloud, asked } = answering({
      CreateVolume: { Volume: { VolumeId: 'vol-1' } },
      ReadVolumes: { Volumes: [{ VolumeId: 'vol-1', State: 'available' }] },
      LinkVolume: refusal,
    });
    const error = await readFromSnapshot(cloud, 'snap-1', vm, '/file', stopped()).catch(String);
    expect(asked('LinkVolume')).toHaveLength(3);
    return error;
  },
  'steps/source-copy.ts': async () => {
    const { cloud, asked } = answering({ CreateImage: refusal });
    const tools = await toolsOf('0123456789ab', cloud);
    const origin = { id: 'ami-1' };
    const source = { image: {}, origin, rootDevice: '/dev/sda1', root: { SnapshotId: 'snap-1' } };
    const copy = copySource(source, { account: '1', vm }, tools, stopped());
    const error = await copy.then(() => 'copied', String);
    expect(asked('CreateImage')).toHaveLength(3);
    return error;
  },
  'steps/snapshot.ts': async () => {
    const { cloud, asked } = answering({ CreateSnapshot: refusal, ReadSnapshots: { Snapshots: [] } });
    const tools = await toolsOf('0123456789ab', cloud);
    const volume = { id: 'vol-1', size: 1, type: undefined, iops: undefined };
    const labels = { name: 'one', tags: {}, snapshotTags: {} };
    const context = { account: '1', vm, source: undefined, growth: 'never' } as const;
    const target = { ...context, labels, replaces: undefined };
    // The first refusal is that of an attached volume.
    expect(await tryRequestSnapshot(volume, target, tools)).toBeUndefined();
    expect(tools.ledger.open()).toEqual([]);
    const error = await requestSnapshot(volume, target, tools).then(() => '', String);
    expect(asked('CreateSnapshot')).toHaveLength(2);
    return error;
  },
  'steps/volume.ts': async () => {
    const { cloud } = answering({
      ReadVolumes: { Volumes: [{ VolumeId: 'vol-1', State: 'available' }] },
      DeleteVolume: refusal,
    });
    const tools = await toolsOf('0123456789ab', cloud, 300);
    return String(await Promise.resolve(undoVolume.run({ id: 'vol-1', token: '' }, tools)).catch(String));
  },
  'runtime/delete-snapshots.ts': async () => {
    const [log, error, asked] = await discarding(refusal);
    expect(log).not.toContain('not deleted');
    expect(asked).toHaveLength(3);
    return error;
  },
  'outscale/calls/delete.ts': async () => {
    const { cloud, asked } = answering({ DeleteSnapshot: refusal });
    const tools = await toolsOf('0123456789ab', cloud);
    const error = await tools.wait(removalOf(tools, 'snap-1', stopped())).then(() => 'deleted', String);
    expect(asked('DeleteSnapshot')).toHaveLength(3);
    return error;
  },
  'outscale/calls/volume-links.ts': async () => {
    const { cloud } = answering({ UnlinkVolume: refusal });
    return String((await unlinkVolume(cloud, 'vol-1')).refusal);
  },
  'outscale/calls/create-once.ts': async () => {
    let asked = 0;
    const ask = async (): Promise<never> => {
      asked += 1;
      throw asked === 1 ? new AnswerLostError('CreateImage', new Error('lost')) : conflict('CreateImage');
    };
    const error = await askOnce({ ask, find: async () => undefined, sleep: stopped().sleep }).catch(String);
    expect(asked).toBe(5);
    return error;
  },
  'outscale/calls/contested.ts': async () =>
    await askContested(
      {
        ask: async () => await Promise.reject(conflict('LinkVolume')),
        isExplained: async () => false,
        signal: new AbortController().signal,
      },
      stopped(),
    ).catch(String),
};

test.each(Object.entries(treatments))(
  '%s: a conflict that lasts is reported with its reason',
  async (_, meet) => {
    expect(await meet()).toContain(why);
  },
);

/** Deletes a snapshot of a replaced OMI. @returns the log, the error, and the requests */
async function discarding(answer: object): Promise<readonly [string, string, readonly string[]]> {
  const { cloud, asked } = answering({ DeleteSnapshot: answer });
  let log = '';
  const tools = await toolsOf('0123456789ab', cloud, 300, (text) => {
    log += text;
  });
  tools.ledger.finalize([]);
  const discarded = { image: 'ami-1', snapshots: ['snap-1'] };
  const error = await deleteDiscarded(discarded, tools, stopped()).then(() => '', String);
  return [log, error, asked('DeleteSnapshot')];
}

test('a snapshot of a replaced OMI that is in use stays, with a notice that contains the reason', async () => {
  const [log, error, asked] = await discarding({
    Errors: [{ Code: '9094', Type: 'ResourceConflict', Details: 'in use by ami-2' }],
  });
  expect(error).toBe('');
  expect(log).toMatch(/snap-1 not deleted: DeleteSnapshot failed: .*in use by ami-2/);
  expect(asked).toHaveLength(1);
});

test('the table names every file that treats a conflict', () => {
  const root = 'src';
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const treating = files.filter((name) => {
    if (name === 'outscale/errors.ts') return false;
    return /\b(isConflict|isSnapshotInUse|askContested|'conflict')\b/.test(
      readFileSync(join(root, name), 'utf8').replaceAll(/^ ?\*.*$/gm, ''),
    );
  });
  expect(treating.sort()).toEqual(Object.keys(treatments).sort());
});
