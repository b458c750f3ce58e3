import { BuildError } from '../../src/common/errors.js';
import { ConfigError } from '../../src/config/kit/issues.js';
import { connectionError } from '../../src/outscale/client/connection-error.js';
import { ApiError } from '../../src/outscale/errors.js';
import type { FailedEnd, Report } from '../../src/report/report.js';
import { ScriptError } from '../../src/runtime/retries.js';

/** What a scenario drives: a report, and the time that passes. */
interface Stage {
  readonly report: Report;
  /** Lets time pass, in milliseconds; the last line of a terminal is drawn again. */
  readonly pass: (ms: number) => Promise<void>;
}

type Scenario = (stage: Stage) => Promise<void>;

const [build, source, snapshot, omi] = ['ba4dcb2d3b10', 'ami-279daaae', 'snap-8cebdb70', 'ami-a87968fb'];
const volume = { kind: 'volume', id: 'vol-497a4695' } as const;
const nothing: FailedEnd = { left: [], keptUntil: undefined, mayKeep: true };

async function checked({ report, pass }: Stage): Promise<void> {
  await report.phase('Check', async () => {
    report.fact('Source', `${source} Debian-12-2026.11.03-0, 10 GiB`);
    report.target('web-17-1', 'eu-west-2, account 123456789012, VM i-6fe0ab9b');
    await pass(900);
    report.result('passed');
  });
}

async function mounted(stage: Stage): Promise<void> {
  const { report, pass } = stage;
  await report.phase('Create volume', async () => {
    await pass(6_000);
    report.info(`Created volume ${volume.id} from snap-5a1f0d2e, 10 GiB`);
  });
  await report.phase('Attach', async () => {
    await pass(8_200);
    report.result(`${volume.id}, 10 GiB, attached as /dev/xvdd`);
    report.info(`Attached ${volume.id} as /dev/xvdd (kernel name vdd)`);
  });
  await report.phase('Mount', async () => {
    report.info('gpt partition table on vdd:');
    report.info('  1  vdd1  10240 MiB  ext4  root');
    await pass(300);
    report.result('vdd1 mounted, ext4');
  });
  await report.phase('Prepare chroot', async () => {
    await pass(200);
    report.result('ready, 1 temporary file');
  });
  await report.phase('Inspect source', async () => {
    await pass(100);
    report.result('212 packages');
  });
}

async function ran({ report, pass }: Stage): Promise<void> {
  await report.phase('Script run', async () => {
    report.script('Get:1 bookworm InRelease [151 kB]');
    await pass(62_000);
    report.script('Setting up nginx (1.22.1-9) ...');
  });
}

async function closed({ report, pass }: Stage): Promise<void> {
  await report.phase('Leave chroot', async () => {
    await pass(100);
    report.result('closed');
  });
  await report.phase('Inspect image', async () => {
    await pass(100);
    report.fact('Changed', '1 package added; unit nginx.service enabled; +4 MiB');
  });
  await report.phase('Trim', async () => {
    await pass(900);
    report.result('1635 MiB trimmed');
    report.info('Trimmed vdd1: 1635 MiB of free space discarded');
  });
  await report.undoing('End namespaces', async () => await pass(100));
}

async function snapshotRequested({ report, pass }: Stage): Promise<void> {
  await report.phase('Request snapshot', async () => {
    await pass(400);
    report.info(`Snapshot ${snapshot}: started`);
  });
  await report.phase('Request detachment', async () => await pass(200));
}

async function snapshotTaken({ report, pass }: Stage): Promise<void> {
  await report.phase('Snapshot', async () => {
    for (const [percent, seconds] of [
      [0, 5],
      [12, 11],
      [33, 21],
      [80, 96],
    ] as const) {
      report.progress(`snapshot ${snapshot}`, 'pending', percent, seconds);
      await pass(40_000);
    }
    report.result(`${snapshot}: completed`);
  });
}

/** Removes the mount point, and detaches the volume. @param ms what is left of the wait for the latter */
async function detached({ report, pass }: Stage, ms = 5_000): Promise<void> {
  await report.undoing(`Remove /mnt/build-omi/${build}/root`, async () => await pass(10));
  await report.undoing(`Detach volume ${volume.id} (/dev/xvdd)`, async () => await pass(ms), {
    ...volume,
    how: 'detached',
  });
}

const deleted = async ({ report, pass }: Stage): Promise<void> =>
  await report.undoing(`Delete volume ${volume.id}`, async () => await pass(400), {
    ...volume,
    how: 'deleted',
  });

const failedIn = async (
  report: Report,
  title: string,
  error: Error,
  before: () => Promise<void>,
): Promise<void> =>
  await report
    .phase(title, async () => {
      await before();
      throw error;
    })
    .catch(() => {});

/** All of a build until its snapshot is requested. */
async function provisioned(stage: Stage): Promise<void> {
  const { report, pass } = stage;
  report.begin('build', build);
  await checked(stage);
  await mounted(stage);
  await ran(stage);
  await closed(stage);
  await report.phase('Unmount', async () => await pass(50));
  await snapshotRequested(stage);
}

/** A build and the most frequent ways in which one fails. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  async built(stage) {
    const { report, pass } = stage;
    await provisioned(stage);
    await snapshotTaken(stage);
    await detached(stage, 300);
    await report.phase('Register OMI', async () => {
      await pass(8_000);
      report.result(`${omi} web-17-1: available`);
    });
    await report.phase('Share and read back', async () => {
      report.info(`Shared OMI ${omi} with 111111111111`);
      await pass(400);
    });
    await deleted(stage);
    report.summary({
      buildId: build,
      region: 'eu-west-2',
      omi: { id: omi, name: 'web-17-1' },
      snapshots: [{ id: snapshot, sizeGiB: 10 }],
      source: { id: source, name: 'Debian-12-2026.11.03-0' },
    });
  },

  async 'script-fails'(stage) {
    const { report, pass } = stage;
    report.begin('build', build);
    await checked(stage);
    await mounted(stage);
    const error = new ScriptError('the script run exited with 100', {
      brief: 'failed with exit code 100',
      output: ['E: Unable to locate package ngnix'],
    });
    await failedIn(report, 'Script run', error, async () => {
      report.script('E: Unable to locate package ngnix');
      await pass(1_300);
    });
    await report.undoing('End namespaces', async () => await pass(100));
    await detached(stage);
    await deleted(stage);
    report.failed(error, nothing);
  },

  async 'invalid-options'({ report, pass }) {
    report.begin('build', build);
    await pass(20);
    const error = new ConfigError([
      { option: 'source-omi', problem: '"ami1" is not an OMI ID', fix: 'write one such as ami-12345678' },
      { option: 'omi-name', problem: 'is missing', fix: 'write the name of the new OMI' },
    ]);
    report.failed(error, nothing);
  },

  async 'permission-missing'(stage) {
    const { report, pass } = stage;
    report.begin('build', build);
    await checked(stage);
    const error = new ApiError(
      'CreateVolume',
      { status: 401, code: '4', type: 'AccessDenied' },
      '475ca1c5-1ca2-4c5c-a1c8-b7a1a4b5c6d7',
      undefined,
      'Allow api:CreateVolume in the policies of the user that the keys belong to.',
    );
    await failedIn(report, 'Create volume', error, async () => {
      await pass(150);
      // A request whose answer was lost may have created it.
      await report.undoing(`Delete volume of build-omi-${build}-i-6fe0ab9b-volume`, async () => {});
    });
    report.failed(error, nothing);
  },

  async cancelled(stage) {
    const { report, pass } = stage;
    await provisioned(stage);
    const error = new BuildError('the build was cancelled (SIGTERM)', { brief: 'cancelled' });
    await failedIn(report, 'Snapshot', error, async () => {
      report.progress(`snapshot ${snapshot}`, 'in-queue', 0, 11, true);
      await pass(14_000);
    });
    await detached(stage);
    await report.undoing(`Delete snapshot ${snapshot}`, async () => await pass(300), {
      kind: 'snapshot',
      id: snapshot,
      how: 'deleted',
    });
    await deleted(stage);
    report.failed(error, { ...nothing, mayKeep: false });
  },

  async 'still-in-use'(stage) {
    const { report, pass } = stage;
    report.begin('build', build);
    await checked(stage);
    await mounted(stage);
    await ran(stage);
    await closed(stage);
    const output = ['mounted at /mnt/inspect in the mount namespace of process 4711 (bash)'];
    const error = new BuildError(`${volume.id} cannot be snapshotted: vdd1: the kernel has not let go`, {
      output,
    });
    await failedIn(report, 'Unmount', error, async () => await pass(10_000));
    const held = new BuildError(`Volume ${volume.id} not detached: its disk vdd is still in use`, {
      output,
      hint: `Release it: kill PID. Then run:\n  osc-cli api UnlinkVolume --VolumeId ${volume.id}`,
    });
    await report
      .undoing(`Detach volume ${volume.id} (/dev/xvdd)`, async () => {
        await pass(10_000);
        throw held;
      })
      .catch(() => {});
    const both = Object.assign(new Error('both'), {
      name: 'SuppressedError',
      error: held,
      suppressed: error,
    });
    report.failed(both, {
      left: [`attached volume ${volume.id}`, `volume ${volume.id}`],
      keptUntil: undefined,
      mayKeep: true,
    });
  },

  async 'api-unreachable'(stage) {
    const { report, pass } = stage;
    report.begin('build', build);
    const cause = Object.assign(new Error('connect ECONNREFUSED 192.0.2.10:443'), { code: 'ECONNREFUSED' });
    const endpoint = 'https://api.eu-west-2.outscale.com/api/v1';
    const error = connectionError('ReadAccounts', endpoint, cause);
    await failedIn(report, 'Check', error, async () => {
      report.notice(`The API could not be reached yet, and the call is repeated: ${error.message}`);
      error.message += ' (6 attempts in 31 s)';
      await pass(31_000);
    });
    report.failed(error, nothing);
  },
};
