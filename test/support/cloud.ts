import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { makeSourceDisk } from '../../src/demo/source-disk.js';
import { defaultAccount, removeEmulator } from '../../src/emulator/emulator.js';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import { operations } from '../../src/outscale/api.js';
import { type Cloud, createCloud } from '../../src/outscale/client/client.js';
import { createTransport } from '../../src/outscale/client/transport.js';
import { wholeLines } from './lines.js';
import { launch } from './process.js';

export const dist = resolve(import.meta.dirname, '../../dist');

/** A request that the emulator served, from its record. */
export interface Recorded {
  readonly operation: string;
  readonly request: Record<string, unknown>;
  readonly status: number;
  /** Absent: that of the VM. */
  readonly region?: string;
}

/** A region besides that of the VM. */
interface OtherRegion {
  readonly endpoint: string;
  readonly api: Cloud;
  /** IDs of all that the account has there, and that is not being deleted: snapshots, OMIs. */
  resources(): Promise<string[]>;
}

/** An emulator with a source OMI in a separate process, and what tests need of it, by public calls only. */
export interface TestCloud extends AsyncDisposable {
  readonly folder: string;
  /** The emulator's process. */
  readonly pid: number;
  readonly endpoint: string;
  readonly metadata: string;
  readonly objectStore: string;
  readonly source: string;
  readonly api: Cloud;
  /** Those of `--other-regions`. */
  readonly others: ReadonlyMap<string, OtherRegion>;
  /** Plays these faults from now on. */
  fail(rules: readonly FaultRule[]): void;
  /** The requests since the last call of this function. */
  requests(): Recorded[];
  /** IDs of all that the account has, and that is not being deleted: volumes, snapshots, OMIs. */
  resources(): Promise<string[]>;
}

/** Whether tests run against minimal responses, which lack each field that the API does not guarantee. */
export const isMinimal = process.env.EMULATOR_MINIMAL === '1';

/** Starts an emulator from the bundle. @param flags more of them, such as `--snapshot-time` */
export const startCloud = async (...flags: string[]): Promise<TestCloud> => await startCloudIn({}, flags);

/**
 * Starts one for all tests of the file, before the first of them, and ends it after the last one.
 * Its values can be read in tests and hooks, not while the file is loaded.
 */
export function useCloud(...flags: string[]): TestCloud {
  let started: TestCloud | undefined;
  beforeAll(async () => {
    started = await startCloud(...flags);
  });
  afterAll(async () => await started?.[Symbol.asyncDispose]());
  const cloud = (): TestCloud => {
    if (started === undefined) throw new Error('the cloud starts in beforeAll');
    return started;
  };
  return {
    get folder() {
      return cloud().folder;
    },
    get pid() {
      return cloud().pid;
    },
    get endpoint() {
      return cloud().endpoint;
    },
    get metadata() {
      return cloud().metadata;
    },
    get objectStore() {
      return cloud().objectStore;
    },
    get source() {
      return cloud().source;
    },
    get api() {
      return cloud().api;
    },
    get others() {
      return cloud().others;
    },
    fail: (rules) => cloud().fail(rules),
    requests: () => cloud().requests(),
    resources: async () => await cloud().resources(),
    [Symbol.asyncDispose]: async () => await cloud()[Symbol.asyncDispose](),
  };
}

/** Starts an emulator from the bundle, with more variables in its environment. */
export async function startCloudIn(
  environment: NodeJS.ProcessEnv,
  flags: readonly string[],
): Promise<TestCloud> {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-story-'));
  const faults = join(folder, 'faults.json');
  const record = join(folder, 'record.jsonl');
  writeFileSync(faults, '[]');
  writeFileSync(record, '');
  const directory = join(folder, 'cloud');
  const emulator = launch(
    [
      process.execPath,
      join(dist, 'cli.js'),
      'emulator',
      '--directory',
      directory,
      '--faults',
      faults,
      '--record',
      record,
      ...(isMinimal ? ['--minimal-responses'] : []),
      ...flags,
    ],
    { PATH: process.env.PATH, HOME: '/root', ...environment },
    '/',
    // It serves all tests of a file.
    3_600_000,
  );
  const endpoint = (await emulator.waitForLine(/^OSC_ENDPOINT_API=/)).replace(/^\w+=/, '');
  const objectStore = (await emulator.waitForLine(/^OSC_ENDPOINT_OOS=/)).replace(/^\w+=/, '');
  const metadata = (await emulator.waitForLine(/^METADATA_ENDPOINT=/)).replace(/^\w+=/, '');
  const api = apiOf(endpoint, 'eu-west-2');
  const others = new Map<string, OtherRegion>();
  for (const name of otherRegions(flags)) {
    const line = await emulator.waitForLine(new RegExp(`^ENDPOINT_API_${name.replaceAll('-', '_')}=`));
    others.set(name, regionAt(line.replace(/^\w+=/, ''), name));
  }
  mkdirSync(join(folder, 'source'));
  await makeSourceDisk(join(folder, 'source.img'), join(folder, 'source'));
  const source = await publishDisk(api, join(folder, 'source.img'), 'story-source');
  let read = readFileSync(record, 'utf8').lastIndexOf('\n') + 1;
  return {
    folder,
    pid: emulator.child.pid ?? 0,
    endpoint,
    metadata,
    objectStore,
    source,
    api,
    others,
    fail: (rules) => writeFileSync(faults, JSON.stringify(rules)),
    requests: () => {
      const text = readFileSync(record, 'utf8');
      const fresh = wholeLines(text.slice(read));
      read = text.lastIndexOf('\n') + 1;
      return fresh.map((line): Recorded => JSON.parse(line));
    },
    resources: async () => {
      const [{ Volumes }, { Snapshots }, { Images }] = await Promise.all([
        api.call('ReadVolumes', { ResultsPerPage: 1000 }),
        api.call('ReadSnapshots', { ResultsPerPage: 1000 }),
        api.call('ReadImages', { ResultsPerPage: 1000 }),
      ]);
      const stays = ({ State }: { readonly State?: string | undefined }): boolean => State !== 'deleting';
      return [
        ...(Volumes ?? []).filter(stays).map(({ VolumeId }) => VolumeId ?? ''),
        ...(Snapshots ?? []).filter(stays).map(({ SnapshotId }) => SnapshotId ?? ''),
        ...(Images ?? []).map(({ ImageId }) => ImageId ?? ''),
      ].sort();
    },
    [Symbol.asyncDispose]: async () => {
      emulator.child.kill('SIGTERM');
      await emulator.ended;
      const problems = invalidRequests(wholeLines(readFileSync(record, 'utf8')));
      await removeEmulator(directory);
      rmSync(folder, { recursive: true, force: true });
      if (problems.length > 0)
        throw new Error(`requests that the API does not know:\n${problems.join('\n')}`);
    },
  };
}

const apiOf = (endpoint: string, region: string): Cloud =>
  createCloud({
    endpoint,
    region,
    keys: () => Promise.resolve({ accessKey: defaultAccount.accessKey, secretKey: defaultAccount.secretKey }),
    transport: createTransport(),
  });

/** The names after the flag `--other-regions`. */
function otherRegions(flags: readonly string[]): readonly string[] {
  const names = flags.slice(flags.indexOf('--other-regions') + 1);
  if (names.length === flags.length) return [];
  const end = names.findIndex((name) => name.startsWith('--'));
  return end === -1 ? names : names.slice(0, end);
}

function regionAt(endpoint: string, name: string): OtherRegion {
  const api = apiOf(endpoint, name);
  return {
    endpoint,
    api,
    resources: async () => {
      const { Snapshots = [] } = await api.call('ReadSnapshots', { ResultsPerPage: 1000 });
      const { Images = [] } = await api.call('ReadImages', { ResultsPerPage: 1000 });
      const left = Snapshots.filter(({ State }) => State !== 'deleting');
      return [...left.map((one) => one.SnapshotId ?? ''), ...Images.map((one) => one.ImageId ?? '')].sort();
    },
  };
}

/**
 * The requests of a record that are not what the schemas say; a test of its own holds these to the public
 * description.
 */
function invalidRequests(record: readonly string[]): string[] {
  return record.filter((line) => {
    const { operation, request }: { operation: string; request: unknown } = JSON.parse(line);
    // What was refused unread, for its signature, has no request.
    if (request === undefined || request === null) return false;
    const known = Object.entries(operations).find(([name]) => name === operation)?.[1];
    return known?.request.safeParse(request).success !== true;
  });
}
