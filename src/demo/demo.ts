import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runBuild } from '../commands/build.js';
import { defaultAccount, startEmulator } from '../emulator/emulator.js';
import { requireLoopDevice } from '../emulator/storage/free-loop-device.js';
import { requirePrograms } from '../host/exec/programs.js';
import type { PrivilegedContext } from '../host/exec/relaunch-request.js';
import { whichVm } from '../host/vm.js';
import { createCloud } from '../outscale/client/client.js';
import { createTransport } from '../outscale/client/transport.js';
import type { Report } from '../report/report.js';
import { publishDisk } from './publish-disk.js';
import { readFromSnapshot } from './read-snapshot.js';
import { makeSourceDisk } from './source-disk.js';
import { makeWorkFolder, removeWorkFolder } from './work-folder.js';

/** Programs that the demo needs, and the Debian packages that contain them. */
const needed = {
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  losetup: 'mount',
  partx: 'util-linux',
  ldd: 'libc-bin',
};

const script = `
echo "Hello from $(uname -s), in the chroot of the new image."
echo "The script sees these processes:"; ls /proc | grep '^[0-9]'
echo "built by the demo" > /etc/motd
`;

/**
 * Runs a complete build on this machine without an account: creates a small source disk, publishes it to an
 * emulator, and builds an OMI from it with the same pipeline as every build. Removes everything at the end.
 * @returns the exit code
 */
export async function runDemo(privileged: PrivilegedContext, report: Report): Promise<number> {
  requirePrograms(needed);
  await requireLoopDevice();
  const work = await makeWorkFolder(privileged.user);
  const emulator = await startEmulator({ directory: join(work, 'cloud'), latency: 50 });
  try {
    const { accessKey, secretKey } = defaultAccount;
    const vm = await whichVm({
      vm_id: undefined,
      subregion: undefined,
      region: undefined,
      metadata_endpoint: emulator.metadata,
    });
    const cloud = createCloud({
      endpoint: emulator.endpoint,
      region: vm.region,
      keys: () => Promise.resolve({ accessKey, secretKey }),
      transport: createTransport(),
    });
    const source = await report.phase('Publish a source OMI', async () => {
      const disk = join(work, 'source.img');
      mkdirSync(join(work, 'source'));
      await makeSourceDisk(disk, join(work, 'source'));
      const id = await publishDisk(cloud, disk, 'demo-source');
      report.info(`${id}, served by an emulator at ${emulator.endpoint}`);
      return id;
    });
    const options: Readonly<Record<string, string>> = {
      'source-omi': source,
      'omi-name': 'demo-image',
      run: script,
      'access-key': accessKey,
      'secret-key': secretKey,
      'custom-endpoint-oapi': emulator.endpoint,
      'metadata-endpoint': emulator.metadata,
      'state-dir': join(work, 'state'),
      'mount-path': join(work, 'root'),
      'api-rate': '100',
    };
    const environment = { RUNNER_TEMP: work };
    const code = await runBuild(
      { command: 'build', read: (name) => options[name], privileged, environment },
      report,
    );
    if (code !== 0) return code;
    return await report.phase('Read the new snapshot', async () => {
      const { Images } = await cloud.call('ReadImages', { Filters: { ImageNames: ['demo-image'] } });
      const snapshot = Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
      const motd = await readFromSnapshot(cloud, snapshot, vm, '/etc/motd');
      report.info(`/etc/motd in ${snapshot}: ${motd}`);
      return motd === 'built by the demo' ? 0 : 1;
    });
  } finally {
    await emulator.close();
    await removeWorkFolder(work);
  }
}
