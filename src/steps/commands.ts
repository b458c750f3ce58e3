import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import { rereadPartitions } from '../host/disk/kernel-partitions.js';
import { showsDisk } from '../host/disk/mounts-of-disk.js';
import { type DiskLayout, layoutOf, partitionsOf } from '../host/disk/partitions.js';
import { plainEnvironment } from '../host/exec/exec.js';
import { mountsIn } from '../host/proc/mountinfo.js';
import { appendableName } from '../host/sandbox/device-alias.js';
import { runInside } from '../host/sandbox/run.js';
import type { Sandbox } from '../host/sandbox/sandbox.js';
import type { Tools } from '../runtime/tools.js';
import { render } from '../template/render.js';
import type { TemplateData } from '../template/types.js';
import type { AttachedDisk } from './attach.js';
import type { Root } from './root.js';

type Config = Pick<BuildConfig, 'mount' | 'provision'>;

/**
 * Runs `pre_mount_commands`. Reads the partition table again after each, which may have changed it.
 * @param layout of the disk before the commands
 * @returns the layout of the disk after them
 */
export async function runPreMountCommands(
  sandbox: Sandbox,
  disk: AttachedDisk,
  layout: DiskLayout,
  config: Config,
  tools: Tools,
): Promise<DiskLayout> {
  if (config.mount.pre_mount_commands.length === 0) return layout;
  return await tools.report.phase('Pre-mount commands', async () => {
    const data = { Device: await deviceFor(sandbox, disk, tools) };
    for (const command of config.mount.pre_mount_commands) {
      await run({ sandbox, option: 'pre_mount_commands', command, data, env: config.provision.env }, tools);
      await rereadPartitions(disk.disk, tools.signal);
    }
    return await layoutOf(disk.disk, tools.signal);
  });
}

/**
 * Runs `post_mount_commands`, while the image is mounted and the VM's root is still the root.
 * @returns the root with the partitions after them
 */
export async function runPostMountCommands(root: Root, config: Config, tools: Tools): Promise<Root> {
  if (config.mount.post_mount_commands.length === 0) return root;
  return await tools.report.phase('Post-mount commands', async () => {
    const { sandbox, disk, path } = root;
    const data = { Device: await deviceFor(sandbox, disk, tools), MountPath: path };
    for (const command of config.mount.post_mount_commands) {
      await run({ sandbox, option: 'post_mount_commands', command, data, env: config.provision.env }, tools);
    }
    if (!showsDisk(mountsIn(sandbox.pid), path, disk.disk))
      throw new BuildError(`post_mount_commands: the image is not mounted at ${path} any more`, {
        hint: 'Mount only below it; do not unmount the root filesystem.',
      });
    return { ...root, partitions: await partitionsOf(disk.disk, tools.signal) };
  });
}

const deviceFor = async (sandbox: Sandbox, { disk, device }: AttachedDisk, tools: Tools): Promise<string> =>
  await appendableName(sandbox, disk, device.replace('/dev/', ''), tools.signal);

interface UserCommand {
  readonly sandbox: Sandbox;
  readonly option: 'pre_mount_commands' | 'post_mount_commands';
  readonly command: string;
  readonly data: TemplateData;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs one command in the build's namespaces, where it sees the VM's files. Its mounts end with the build,
 * its processes before the scripts. Its working directory is the workspace. Its environment contains no
 * secret.
 */
async function run({ sandbox, option, command, data, env }: UserCommand, tools: Tools): Promise<void> {
  const { workspace, passthroughEnv, startedAt } = tools.build;
  const line = await render(option, command, data, startedAt);
  tools.report.info(`$ ${line}`);
  const { code, signal, last } = await runInside(sandbox, ['/bin/sh', '-c', line], {
    env: { ...plainEnvironment, ...passthroughEnv, ...env },
    at: workspace,
    onLine: (text) => tools.report.script(text),
    signal: tools.signal,
  });
  if (code === 0) return;
  const how = code === null ? `was killed by ${signal}` : `exited with ${code}`;
  throw new BuildError(`${option}: \`${line}\` ${how}`, { output: last });
}
