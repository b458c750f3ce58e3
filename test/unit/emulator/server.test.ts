import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  defaultAccount,
  type Emulator,
  type EmulatorOptions,
  otherAccount,
  startEmulator,
} from '../../../src/emulator/emulator.js';
import { callerOf, send } from '../../support/emulator-client.js';

let scratch: string;
const running: Emulator[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'emulator-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
  rmSync(scratch, { recursive: true });
});

async function emulate(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ directory: join(scratch, 'state'), ...options });
  running.push(emulator);
  return emulator;
}

test('every response has a date and a request ID; a refusal has the format of the API', async () => {
  const emulator = await emulate();
  const good = await send(emulator, defaultAccount, 'ReadVms', {});
  expect(good.status).toBe(200);
  expect(Date.parse(good.headers.get('date') ?? '')).not.toBeNaN();
  expect(good.body.ResponseContext?.RequestId).toMatch(/^[0-9a-f-]{36}$/);
  const bad = await send(emulator, defaultAccount, 'CreateVolume', { Zone: 'a' });
  expect(bad.status).toBe(400);
  expect(bad.body.Errors?.map(({ Type }) => Type)).toEqual(['MissingParameter', 'InvalidParameter']);
  expect(bad.body.ResponseContext?.RequestId).toBeDefined();
  expect((await send(emulator, defaultAccount, 'ReadNets', {})).body.Errors?.[0]?.Type).toBe('InvalidAction');
});

test('four refusals in a row lock the key', async () => {
  const emulator = await emulate();
  const impostor = { ...defaultAccount, secretKey: 'wrong' };
  const codes: (string | undefined)[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const { status, body } = await send(emulator, impostor, 'ReadVms', {});
    expect(status).toBe(401);
    codes.push(body.Errors?.[0]?.Code);
  }
  expect(codes).toEqual(['1', '1', '1', '1', '13']);
});

test('the metadata paths', async () => {
  const emulator = await emulate({ vmId: 'i-12345678' });
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(`${emulator.metadata}/${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await get('instance-id')).toBe('200 i-12345678');
  expect(await get('placement/availability-zone')).toBe('200 eu-west-2a');
  expect(await get('ami-id')).toMatch(/^200 ami-[0-9a-f]{8}$/);
  expect(await get('instance-type')).toMatch(/^200 tina/);
  expect(await get('hostname')).toBe('200 ip-10-0-86-120.eu-west-2.compute.internal');
  expect(await get('mac')).toBe('200 aa:a2:12:34:56:78');
  expect(await get('placement/')).toBe('200 availability-zone\ncluster');
  expect(await get('placement/cluster')).toMatch(/^200 ./);
  const Tags = [{ Key: 'Name', Value: 'builder' }];
  await callerOf(emulator, defaultAccount)('CreateTags', { ResourceIds: ['i-12345678'], Tags });
  expect(await get('tags/')).toBe('200 Name');
  expect(await get('tags/Name')).toBe('200 builder');
  expect(await get('../user-data')).toBe('404 ');
  expect(await get('block-device-mapping/')).toBe('200 ami\nroot');
  expect(await get('block-device-mapping/root')).toBe('200 /dev/sda1');
  expect(await get('public-keys')).toBe('404 ');
});

test('faults: refusals of the API, connections cut before and after the call is carried out', async () => {
  const faults = join(scratch, 'faults.json');
  writeFileSync(
    faults,
    JSON.stringify([
      { operation: 'ReadVms', fault: 'throttle', times: 3 },
      { operation: 'ReadVms', fault: 'server-error' },
      { operation: 'ReadVms', fault: 'refuse' },
      { operation: 'CreateVolume', fault: 'drop-before' },
      { operation: 'CreateVolume', fault: 'drop-after' },
      { operation: 'ReadTags', fault: 'hang' },
    ]),
  );
  const emulator = await emulate({ faults });
  const responses: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    const { status, body } = await send(emulator, defaultAccount, 'ReadVms', {});
    responses.push(`${status} ${body.Errors?.[0]?.Code}`);
  }
  expect(responses).toEqual(['503 6', '429 24', '429 25', '500 2000', '400 0', '200 undefined']);

  const call = callerOf(emulator, defaultAccount);
  const count = async (): Promise<number | undefined> => (await call('ReadVolumes', {})).Volumes?.length;
  const before = (await count()) ?? 0;
  await expect(call('CreateVolume', { SubregionName: 'eu-west-2a', Size: 1 })).rejects.toThrow(
    'fetch failed',
  );
  expect(await count()).toBe(before);
  await expect(call('CreateVolume', { SubregionName: 'eu-west-2a', Size: 1 })).rejects.toThrow(
    'fetch failed',
  );
  expect(await count()).toBe(before + 1);

  const answered = await Promise.race([
    call('ReadTags', {}).then(
      () => 'answer',
      () => 'cut',
    ),
    new Promise((resolve) => setTimeout(() => resolve('nothing'), 200)),
  ]);
  expect(answered).toBe('nothing');
});

test('a fault gives any status, code and type, or application/problem+json', async () => {
  const faults = join(scratch, 'faults.json');
  const refusal = { operation: 'ReadVms', fault: 'refuse', type: 'ResourceConflict', details: 'no' };
  writeFileSync(
    faults,
    JSON.stringify([
      { ...refusal, status: 409, code: '9015' },
      { ...refusal, status: 422, problem: true },
    ]),
  );
  const emulator = await emulate({ faults });
  const coded = await send(emulator, defaultAccount, 'ReadVms', {});
  expect([coded.status, coded.body.Errors]).toEqual([
    409,
    [{ Code: '9015', Type: 'ResourceConflict', Details: 'no' }],
  ]);
  const problem = await send(emulator, defaultAccount, 'ReadVms', {});
  expect([problem.status, problem.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
  expect(problem.body).toEqual({ type: 'about:blank', title: 'ResourceConflict', status: 422, detail: 'no' });
});

test('null is an empty list or an absent value', async () => {
  const emulator = await emulate();
  const request = { Filters: { VmIds: null, Tags: null }, NextPageToken: null, ResultsPerPage: null };
  expect((await send(emulator, defaultAccount, 'ReadVms', request)).body).toMatchObject({ Vms: [{}] });
  expect((await send(emulator, defaultAccount, 'ReadVms', null)).body).toMatchObject({ Vms: [{}] });
  const volume = { Size: 1, SubregionName: null };
  expect((await send(emulator, defaultAccount, 'CreateVolume', volume)).body.Errors?.[0]?.Code).toBe('7007');
});

test('an account above its rate is throttled with 429 code 24, and refused calls do not count', async () => {
  const emulator = await emulate({ rate: 3 });
  const statuses: string[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const { status, body } = await send(emulator, defaultAccount, 'ReadVms', {});
    statuses.push(`${status} ${body.Errors?.[0]?.Code}`);
  }
  expect(statuses).toEqual(['200 undefined', '200 undefined', '200 undefined', '429 24', '429 24']);
  expect((await send(emulator, otherAccount, 'ReadVms', {})).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect((await send(emulator, defaultAccount, 'ReadVms', {})).status).toBe(200);
});

test('ReadRegions needs no signature', async () => {
  const emulator = await emulate();
  const ask = async (call: string) => await fetch(`${emulator.endpoint}/${call}`, { method: 'POST' });
  expect(await (await ask('ReadRegions')).json()).toMatchObject({ Regions: [{ RegionName: 'eu-west-2' }] });
  expect((await ask('ReadSubregions')).status).toBe(401);
});

test('the request log contains every request, without signatures', async () => {
  const record = join(scratch, 'record.jsonl');
  const emulator = await emulate({ record });
  await send(emulator, defaultAccount, 'ReadVms', { Filters: { VmIds: ['i-1'] } });
  const text = readFileSync(record, 'utf8');
  const entry: { at: string } = JSON.parse(text);
  expect(entry).toMatchObject({
    operation: 'ReadVms',
    request: { Filters: { VmIds: ['i-1'] } },
    status: 200,
    answer: { Vms: [] },
  });
  expect(Date.parse(entry.at)).not.toBeNaN();
  expect(text).not.toContain('HMAC');
  expect(text).not.toContain(defaultAccount.accessKey);
});

test('minimal responses omit fields that the description does not require; filters still apply to those', async () => {
  const emulator = await emulate({ minimalResponses: true });
  const call = callerOf(emulator, defaultAccount);
  const { Volume, ...rest } = await call('CreateVolume', {
    SubregionName: 'eu-west-2a',
    Size: 1,
    ClientToken: 't',
  });
  expect(rest).toEqual({});
  expect(Object.keys(Volume ?? {}).sort()).toEqual([
    'Size',
    'State',
    'SubregionName',
    'VolumeId',
    'VolumeType',
  ]);
  expect((await call('ReadVolumes', { Filters: { ClientTokens: ['t'] } })).Volumes).toHaveLength(1);
  expect((await call('ReadVolumes', { Filters: { ClientTokens: ['u'] } })).Volumes).toEqual([]);
});

test('36 concurrent callers lose nothing, and a restarted emulator has all their resources', async () => {
  const first = await emulate({ latency: 0 });
  const call = callerOf(first, defaultAccount);
  const made = await Promise.all(
    Array.from({ length: 36 }, async (_, turn) => {
      const { Volume } = await call('CreateVolume', { SubregionName: 'eu-west-2a', Size: 1 });
      const ResourceIds = [Volume?.VolumeId ?? ''];
      await call('CreateTags', { ResourceIds, Tags: [{ Key: 'turn', Value: String(turn) }] });
      return ResourceIds[0];
    }),
  );
  await first.close();
  const { Volumes = [] } = await callerOf(await emulate(), defaultAccount)('ReadVolumes', {
    Filters: { TagKeys: ['turn'] },
  });
  expect(new Set(Volumes.map(({ VolumeId }) => VolumeId))).toEqual(new Set(made));
  expect(new Set(Volumes.map(({ Tags }) => Tags?.[0]?.Value)).size).toBe(36);
});
