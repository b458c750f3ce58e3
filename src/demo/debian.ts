import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runBuild } from '../commands/build.js';
import type { Invocation } from '../commands/invocation.js';
import { openReport } from '../commands/open-report.js';
import { BuildError } from '../common/errors.js';
import { startEmulator } from '../emulator/emulator.js';
import { requireLoopDevice } from '../emulator/storage/free-loop-device.js';
import { requirePrograms } from '../host/exec/programs.js';
import { requireQemu } from '../host/qemu/requirements.js';
import type { Cloud } from '../outscale/client/client.js';
import type { Report } from '../report/report.js';
import { accessOptions } from './access-options.js';
import { aptSource } from './apt-source.js';
import { publishDisk } from './publish-disk.js';
import { connectEmulator } from './publish-source.js';
import { scratchOptions } from './scratch-options.js';
import { makeWorkFolder, removeWorkFolder } from './work-folder.js';

/** The directory of the repository, with the examples. The bundle is one level below it. */
const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/** Programs that the demo needs besides those of the boot test, and the Debian packages that contain them. */
const programs = { losetup: 'mount', partx: 'util-linux', sfdisk: 'fdisk', resize2fs: 'e2fsprogs' };
const programsFromScratch = { mmdebstrap: 'mmdebstrap', 'mkfs.ext4': 'e2fsprogs' };

const [sourceName, name] = ['demo-debian', 'demo-nginx'];

/**
 * Builds the example debian-from-source on this machine without an account, and boots it: a Debian with nginx
 * and another kernel. Removes everything at the end.
 * @param disk a raw disk image with the Debian to start from; undefined: it is built first, from scratch
 * @returns the exit code
 */
export async function runDebianDemo(
  invocation: Invocation,
  report: Report,
  disk: string | undefined,
): Promise<number> {
  const { privileged } = invocation;
  report.begin('demo');
  requirePrograms({ ...programs, ...(disk === undefined ? programsFromScratch : {}) });
  requireQemu(['bios']);
  if (disk !== undefined) requireFile(disk);
  await requireLoopDevice();
  const work = await makeWorkFolder(privileged.user);
  const emulator = await startEmulator({ directory: join(work, 'cloud'), latency: 50 });
  try {
    const { cloud } = await connectEmulator(emulator);
    const build = async (
      example: string,
      options: Readonly<Record<string, string>>,
      shown: Report,
    ): Promise<number> => {
      const all: Readonly<Record<string, string>> = {
        config: join(repository, 'examples', example, 'image.yml'),
        ...accessOptions(emulator, work),
        ...options,
      };
      // The paths in an example begin at the repository.
      const environment = { RUNNER_TEMP: work, GITHUB_WORKSPACE: repository };
      return await runBuild(
        { command: 'build', read: (option) => all[option], privileged, environment },
        shown,
      );
    };
    let shown = report;
    if (disk === undefined) {
      const options = scratchOptions(sourceName, work, await aptSource());
      const code = await build('debian-from-scratch', options, report);
      if (code !== 0) return code;
      // The times of a build begin with its report.
      shown = await openReport(invocation);
    } else {
      await report.phase('Publish a source OMI', async () => {
        await publishDisk(cloud, resolve(disk), sourceName);
      });
    }
    const options = {
      'source-omi': await idOf(sourceName, cloud),
      'omi-name': name,
      // Without KVM a boot takes a minute, and several on a busy machine.
      'boot-test-timeout': '15m',
    };
    return await build('debian-from-source', options, shown);
  } finally {
    await emulator.close();
    await removeWorkFolder(work);
  }
}

/** @throws BuildError */
function requireFile(disk: string): void {
  if (statSync(disk, { throwIfNoEntry: false })?.isFile() !== true)
    throw new BuildError(`--disk: ${disk} is not a regular file`, {
      hint: 'Convert the image with qemu-img convert -O raw.',
    });
}

async function idOf(image: string, cloud: Cloud): Promise<string> {
  const { Images } = await cloud.call('ReadImages', { Filters: { ImageNames: [image] } });
  const id = Images?.[0]?.ImageId;
  if (id === undefined) throw new BuildError(`demo: the emulator has no OMI ${image}`);
  return id;
}
