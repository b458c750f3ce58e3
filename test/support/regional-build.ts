import { withLedger } from '../../src/cleanup/replay.js';
import { sleep } from '../../src/common/wait.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Cloud } from '../../src/outscale/client/client.js';
import type { Transport } from '../../src/outscale/client/transport.js';
import { createTransport } from '../../src/outscale/client/transport.js';
import { type PlannedStep, plannedSteps } from '../../src/pipeline/planned-steps.js';
import { type Outcome, publish } from '../../src/pipeline/publish.js';
import { checkRegions } from '../../src/pipeline/regions/check.js';
import type { Tools } from '../../src/runtime/tools.js';
import type { Target } from '../../src/steps/build-context.js';
import { checkTarget } from '../../src/steps/check.js';
import { findSource } from '../../src/steps/source.js';
import { createVolume } from '../../src/steps/volume.js';
import { configOf } from '../unit/config/reading.js';
import { type EmulatedCloud, emulateCloud } from './emulated-cloud.js';
import { until } from './emulator-client.js';
import { toolsOf } from './tools.js';

/** Waits poll soon: the emulator needs milliseconds. */
const quick = { sleep: async (ms: number, signal?: AbortSignal) => await sleep(Math.min(ms, 10), signal) };

/** The regions besides that of the VM. */
export const others = ['us-east-2', 'us-west-1'] as const;

/** What a region has, by its own calls. */
export interface Contents {
  readonly snapshots: readonly string[];
  /** Names of the OMIs, with their IDs. */
  readonly images: Readonly<Record<string, string>>;
}

/** A build without its volume's content: from the source to the published OMI. */
export interface RegionalBuild {
  readonly tools: Tools;
  /** The lines of its ledger. */
  readonly lines: readonly string[];
  readonly log: () => string;
  readonly outputs: ReadonlyMap<string, string>;
  /** What the build would do. */
  plan(): Promise<readonly PlannedStep[]>;
  run(): Promise<Outcome>;
}

/** An emulator with three regions. */
export interface Regions extends AsyncDisposable {
  readonly cloud: EmulatedCloud;
  readonly source: string;
  contents(region: string): Promise<Contents>;
  /** The keys of the objects in the bucket. */
  objects(): Promise<readonly string[]>;
  build(inputs: Readonly<Record<string, string>>, transport?: Transport): Promise<RegionalBuild>;
  /** The tools of a later build of the VM for the ledger of an earlier one. */
  later(lines: readonly string[]): Promise<Tools>;
}

export async function startRegions(): Promise<Regions> {
  const cloud = await emulateCloud({ otherRegions: others, latency: 1, transferTime: 1 });
  const source = await register(cloud);
  const apiOf = (region: string): Cloud => (region === 'eu-west-2' ? cloud.api : cloud.there(region));
  let builds = 0;
  return {
    cloud,
    source,
    contents: async (region) => {
      const { Snapshots = [] } = await apiOf(region).call('ReadSnapshots', {});
      const { Images = [] } = await apiOf(region).call('ReadImages', {});
      return {
        snapshots: Snapshots.filter(({ State }) => State !== 'deleting').map((one) => one.SnapshotId ?? ''),
        images: Object.fromEntries(Images.map((one) => [one.ImageName ?? '', one.ImageId ?? ''])),
      };
    },
    objects: async () => (await cloud.store.list('images', '')).map(({ key }) => key),
    build: async (inputs, transport = createTransport()) => {
      builds += 1;
      return await buildIn(cloud, { 'source-omi': source, ...inputs }, builds, transport);
    },
    later: async (lines) => {
      const { ledger } = Ledger.resume(`${lines.join('\n')}\n`, () => {});
      const { api, remote } = cloud.through(createTransport());
      const tools = await toolsOf('ffffffffffff', api, 30_000, () => {}, quick, remote);
      return withLedger({ ...tools, shortTimeouts: true }, ledger);
    },
    [Symbol.asyncDispose]: async () => await cloud[Symbol.asyncDispose](),
  };
}

async function register(cloud: EmulatedCloud): Promise<string> {
  const Bsu = { SnapshotId: await cloud.snapshot(), DeleteOnVmDeletion: true };
  const { Image: { ImageId: id = '' } = {} } = await cloud.api.call('CreateImage', {
    ImageName: 'the source',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu }],
  });
  await until('the source is available', async () => {
    const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [id] } });
    return Images?.[0]?.State === 'available';
  });
  return id;
}

async function buildIn(
  cloud: EmulatedCloud,
  inputs: Readonly<Record<string, string>>,
  number: number,
  transport: Transport,
): Promise<RegionalBuild> {
  const id = number.toString(16).padStart(12, '0');
  const lines: string[] = [];
  const owner = { pid: 1, start: '', boot: '' };
  const header = { ledger: 1, build: id, endpoint: '', region: 'eu-west-2', vm: '', user: 0, owner } as const;
  const ledger = new Ledger(header, (line) => void lines.push(line));
  let log = '';
  const { api, remote } = cloud.through(transport);
  const write = (text: string): void => {
    log += text;
  };
  const made = await toolsOf(id, api, 30_000, write, quick, remote, ledger);
  const outputs = new Map<string, string>();
  const report = { ...made.report, output: (name: string, value: string) => void outputs.set(name, value) };
  const tools = { ...made, report };
  const config = await configOf({
    'export-bucket': 'images',
    'omi-regions': others.join('\n'),
    'custom-endpoint-oos': cloud.emulator.objectStore,
    ...inputs,
  });
  const check = async (): Promise<Target> => {
    const { Vms: [vm] = [] } = await tools.cloud.call('ReadVms', {});
    const { Accounts: [own] = [] } = await tools.cloud.call('ReadAccounts', {});
    const account = own?.AccountId ?? '';
    const source = await findSource(config.source, account, tools);
    const location = { region: 'eu-west-2', vmId: vm?.VmId ?? '', subregion: 'eu-west-2a' };
    const context = { account, vm: location, source, growth: 'never' } as const;
    const { omi_name: name, tags, snapshot_tags: snapshotTags } = config.image;
    const wanted = await checkTarget(config.image, context, { name, tags, snapshotTags }, tools);
    const regions = await checkRegions(config, wanted, tools);
    return { ...wanted, regions, digest: 'd'.repeat(64) };
  };
  return {
    tools,
    lines,
    log: () => log,
    outputs,
    plan: async () => {
      const target = await check();
      return plannedSteps(config, {
        target,
        tasks: [],
        volumeTags: {},
        device: '/dev/sdb',
        needsCopy: false,
      });
    },
    run: async () => {
      const target = await check();
      await ledger.begin(target.account);
      await using volume = await createVolume(target, config.volume, {}, tools, async () => undefined);
      return await publish(undefined, volume.value, target, config, tools);
    },
  };
}
