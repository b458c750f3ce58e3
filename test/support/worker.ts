import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { defaultAccount, otherAccount } from '../../src/emulator/emulator.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Image } from '../../src/outscale/api.js';
import { readImage, readSnapshot, readVolume } from '../../src/outscale/calls/lookups.js';
import { createCloud } from '../../src/outscale/client/client.js';
import { createTransport } from '../../src/outscale/client/transport.js';
import { startCloudIn, type TestCloud } from './cloud.js';
import { type Inventory, inventory } from './inventory.js';
import { storeOf } from './object-store.js';

/** An emulator in which one build after the other fails, and its state without leftovers. */
export interface Worker extends AsyncDisposable {
  readonly cloud: TestCloud;
  /** An OMI of another account whose snapshot may not be used. */
  readonly foreign: string;
  readonly baseline: ReadonlySet<string>;
  readonly machine: Inventory;
}

/** Starts a worker. @param environment of the emulator @param flags more of them */
export async function openWorker(
  environment: NodeJS.ProcessEnv = {},
  flags: readonly string[] = [],
): Promise<Worker> {
  const cloud = await startCloudIn(environment, ['--latency', '10', ...flags]);
  const { accessKey, secretKey } = otherAccount;
  const theirs = createCloud({
    endpoint: cloud.endpoint,
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey, secretKey }),
    transport: createTransport(),
  });
  const foreign = await publishDisk(theirs, join(cloud.folder, 'source.img'), 'official');
  await theirs.call('UpdateImage', {
    ImageId: foreign,
    PermissionsToLaunch: { Additions: { GlobalPermission: true } },
  });
  mkdirSync(join(cloud.folder, 'work'));
  return {
    cloud,
    foreign,
    baseline: new Set(await cloud.resources()),
    machine: inventory(cloud.folder),
    [Symbol.asyncDispose]: async () => await cloud[Symbol.asyncDispose](),
  };
}

/** The OMIs that there may be besides those that were there before. */
export interface Allowed {
  readonly may: readonly string[];
  readonly must: readonly string[];
  /** Those whose builds keep their volume. */
  readonly keeps?: readonly string[];
  /** Whether a build may have kept its volume and nothing else. */
  readonly keepsAlone?: boolean;
}

/** Unexpected and missing resources: only complete OMIs, and volumes that are kept, may have been added. */
export async function problemsOf(worker: Worker, allowed: Allowed): Promise<string[]> {
  const { may, must } = allowed;
  const { images, volumes, snapshots } = await added(worker);
  const names = images.map(({ ImageName = '' }) => ImageName);
  const mapped = images.flatMap((image) => snapshotsOf(image));
  const problems = [
    ...(await problemsOfVolumes(worker, volumes, images, allowed)),
    ...snapshots.filter((id) => !mapped.includes(id)).map((id) => `${id} is left`),
    ...names.filter((name) => ![...may, ...must].includes(name)).map((name) => `OMI ${name} is left`),
    ...must.filter((name) => !names.includes(name)).map((name) => `OMI ${name} is missing`),
  ];
  for (const { ImageId, ImageName, State } of images)
    if (State !== 'available') problems.push(`${ImageId} (${ImageName}) is ${State}`);
  for (const id of mapped) {
    const state = (await readSnapshot(worker.cloud.api, id))?.State;
    if (state !== 'completed') problems.push(`the mapped ${id} is ${state}`);
  }
  return [...problems, ...(await problemsOfExports(worker, mapped)), ...(await changedMachine(worker))];
}

/** The objects of the exports of an OMI stay with it. A bucket is there only if the worker has one. */
async function problemsOfExports({ cloud }: Worker, mapped: readonly string[]): Promise<string[]> {
  const objects = await objectsOf(cloud);
  const { SnapshotExportTasks = [] } = await cloud.api.call('ReadSnapshotExportTasks', {});
  const { ImageExportTasks = [] } = await cloud.api.call('ReadImageExportTasks', {});
  const isLeft = (key: string): boolean =>
    !mapped.some((id) => key.includes(id)) && !objects.some((other) => isBesideOf(other, key, mapped));
  return [
    ...objects.filter(isLeft).map((key) => `the object ${key} is left`),
    ...[...SnapshotExportTasks, ...ImageExportTasks]
      .filter(({ State = '' }) => !['completed', 'cancelled', 'failed'].includes(State))
      .map(({ TaskId, State }) => `the export ${TaskId} is ${State}`),
  ];
}

/** Whether a key is in the folder of an object of these snapshots: the manifest of an OMI. */
const isBesideOf = (other: string, key: string, mapped: readonly string[]): boolean =>
  mapped.some((id) => other.includes(id)) && key.startsWith(other.replace(/[^/]*$/, '')) && /ami-/.test(key);

const objectsOf = async ({ objectStore }: TestCloud): Promise<string[]> =>
  (
    await storeOf(objectStore, defaultAccount)
      .list('images', '')
      .catch(() => [])
  ).map(({ key }) => key);

/** A volume is a product if it has that tag, and the OMI of its build is there, unless it is kept alone. */
async function problemsOfVolumes(
  { cloud: { api } }: Worker,
  ids: readonly string[],
  images: readonly Image[],
  { keeps = [], keepsAlone = false }: Allowed,
): Promise<string[]> {
  const builds = await Promise.all(
    images
      .filter(({ ImageName = '' }) => keeps.includes(ImageName))
      .map(async (image) => buildOf(await readSnapshot(api, snapshotsOf(image)[0] ?? ''))),
  );
  const volumes = await Promise.all(ids.map((id) => readVolume(api, id)));
  const kept = volumes.filter(
    (volume) => tagOf(volume, 'state') === 'kept' && (keepsAlone || builds.includes(buildOf(volume))),
  );
  return [
    ...ids.filter((id) => !kept.some((volume) => volume?.VolumeId === id)).map((id) => `${id} is left`),
    ...builds
      .filter((build) => !kept.some((volume) => buildOf(volume) === build))
      .map((build) => `the volume of build ${build} is missing`),
    ...(keepsAlone && kept.length > 1 ? [`${kept.length} volumes are kept`] : []),
  ];
}

type Tagged = Pick<Image, 'Tags'> | undefined;
const tagOf = (one: Tagged, key: string): string | undefined =>
  one?.Tags?.find(({ Key }) => Key === `build-omi:${key}`)?.Value;
const buildOf = (one: Tagged): string | undefined => tagOf(one, 'build-id');

/**
 * The ledgers in a step's state directory, except those whose open claims all wait for a request that a
 * killed process may have sent: for ten minutes the API may still carry it out. A ledger without a
 * complete line claims nothing: its build was killed before it, and `LedgerStore.prepare` removes it later.
 */
export const openLedgers = (stateDir: string, uid: number): string[] =>
  readdirSync(join(stateDir, String(uid)))
    .filter((name) => !isPending(readFileSync(join(stateDir, String(uid), name), 'utf8')))
    .map((name) => `the ledger ${name} is open`);

function isPending(text: string): boolean {
  if (!text.includes('\n')) return true;
  const open = Ledger.resume(text, () => {}).ledger.open();
  return (
    open.length > 0 && open.every(({ data }) => 'asked' in data && data.asked != null && !('id' in data))
  );
}

/** A process and its resources may take a moment to end; processes of other workers come and go. */
async function changedMachine({ cloud, machine }: Worker): Promise<string[]> {
  const until = performance.now() + 5000;
  while (true) {
    const now = inventory(cloud.folder);
    if (JSON.stringify(now) === JSON.stringify(machine)) return [];
    if (performance.now() > until) return [`left on the machine: ${JSON.stringify(now)}`];
    await sleep(20);
  }
}

export const snapshotsOf = ({ BlockDeviceMappings }: Image): string[] =>
  (BlockDeviceMappings ?? []).flatMap(({ Bsu }) => Bsu?.SnapshotId ?? []);

async function added({ cloud, baseline }: Worker) {
  const fresh = (await cloud.resources()).filter((id) => !baseline.has(id));
  const images = await Promise.all(
    fresh.filter((id) => id.startsWith('ami-')).map((id) => readImage(cloud.api, id)),
  );
  return {
    images: images.flatMap((image) => image ?? []),
    volumes: fresh.filter((id) => id.startsWith('vol-')),
    snapshots: fresh.filter((id) => id.startsWith('snap-')),
  };
}

/** Removes the OMIs that rows have made, so that the next one begins where the first did. */
export async function emptyWorker(worker: Worker): Promise<void> {
  const { images, volumes, snapshots } = await added(worker);
  const store = storeOf(worker.cloud.objectStore, defaultAccount);
  for (const key of await objectsOf(worker.cloud)) await store.remove('images', key);
  for (const VolumeId of volumes) await worker.cloud.api.call('DeleteVolume', { VolumeId });
  for (const { ImageId = '' } of images) await worker.cloud.api.call('DeleteImage', { ImageId });
  for (const SnapshotId of snapshots) await worker.cloud.api.call('DeleteSnapshot', { SnapshotId });
}
