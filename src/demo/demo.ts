import { join } from 'node:path';
import { runBuild } from '../commands/build.js';
import { startEmulator } from '../emulator/emulator.js';
import { requireLoopDevice } from '../emulator/storage/free-loop-device.js';
import { requirePrograms } from '../host/exec/programs.js';
import type { PrivilegedContext } from '../host/exec/relaunch-request.js';
import type { Report } from '../report/report.js';
import { accessOptions } from './access-options.js';
import { programsOfDemo, publishSource } from './publish-source.js';
import { readFromSnapshot } from './read-snapshot.js';
import { makeWorkFolder, removeWorkFolder } from './work-folder.js';

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
  report.begin('demo');
  requirePrograms(programsOfDemo);
  await requireLoopDevice();
  const work = await makeWorkFolder(privileged.user);
  const emulator = await startEmulator({ directory: join(work, 'cloud'), latency: 50 });
  try {
    const { source, vm, cloud } = await report.phase('Publish a source OMI', async () => {
      const published = await publishSource(emulator, work);
      report.result(`${published.source}, served by an emulator at ${emulator.endpoint}`);
      return published;
    });
    const options: Readonly<Record<string, string>> = {
      'source-omi': source,
      'omi-name': 'demo-image',
      run: script,
      // The small source has no boot loader and no cloud-init: it only shows a build.
      'lint-ignore': '["boot-loader", "first-login"]',
      ...accessOptions(emulator, work),
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
      report.result(`/etc/motd in ${snapshot}: ${motd}`);
      return motd === 'built by the demo' ? 0 : 1;
    });
  } finally {
    await emulator.close();
    await removeWorkFolder(work);
  }
}
