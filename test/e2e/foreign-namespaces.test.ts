/**
 * @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use.
 * @once It tests processes and mounts of the VM.
 */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { jobNamespace, type MountedBuild, mounted, type Namespace } from '../support/mount-commit.js';
import { launch, type Running, successful } from '../support/process.js';

const cloud = useCloud();

/** A process in a mount namespace of another owner, where each unmount program records its start. */
interface Intruder extends AsyncDisposable {
  readonly running: Running;
  /** Whether a program of that namespace was started. */
  isProved(): boolean;
}

/**
 * Starts a script of the shell in a mount namespace of its own below that of a job, as root of the VM or as a
 * user who is root in a user namespace. `$0` is a folder of its own, with a program in it that leaves the
 * proof.
 */
async function intruder(
  job: Namespace,
  who: 'root' | 'user',
  name: string,
  script: string,
): Promise<Intruder> {
  const folder = join(cloud.folder, name);
  const proof = join(folder, 'proof');
  mkdirSync(folder);
  writeFileSync(join(folder, 'umount'), `#!/bin/sh\n: > ${proof}\n`);
  chmodSync(join(folder, 'umount'), 0o755);
  chmodSync(folder, 0o777);
  const become = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups', '--'];
  const enter =
    who === 'user' ? [...become, 'unshare', '--user', '--map-root-user', '--mount'] : ['unshare', '--mount'];
  const cover = 'for one in umount nsenter mount; do mount --bind "$0/umount" "$(command -v $one)"; done';
  const argv = ['nsenter', `--target=${job.pid}`, '--mount', '--', ...enter, 'sh', '-ec'];
  const text = `${script}\n${cover}\ncd /\necho ready\nexec sleep 1000`;
  const running = launch([...argv, text, folder], { PATH: process.env.PATH });
  return {
    running,
    isProved: () => existsSync(proof),
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
    },
  };
}

const close = async (how: 'commit' | 'post', halves: MountedBuild): Promise<string> =>
  successful(await (how === 'commit' ? halves.commit().main() : halves.mount.post())).text;

test.each(['commit', 'post'] as const)(
  '%s ignores a tmpfs of a user that imitates a mount of the disk',
  async (how) => {
    const machine = inventory(cloud.folder);
    await using job = await jobNamespace();
    const wait = `while ! [ -e "$0/go" ]; do sleep 0.05; done; . "$0/go"
      mount -t tmpfs none /mnt; mkdir -p "$place"; mount -t tmpfs "$device" "$place"`;
    // Before the image is mounted, so that the namespace has no copy of its mount.
    await using user = await intruder(job, 'user', `pretends-${how}`, wait);
    await using halves = await mounted(cloud, `pretended {{.BuildId}}`, { job: job.pid });
    writeFileSync(
      join(cloud.folder, `pretends-${how}`, 'go'),
      `place=${halves.path}; device=${halves.mount.outputs().device}p1\n`,
    );
    await user.running.waitForLine(/^ready$/);
    await close(how, halves);
    expect(user.isProved()).toBe(false);
    expect(user.running.child.signalCode).toBeNull();
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

test.each(['commit', 'post'] as const)(
  '%s terminates and names a user process whose mount namespace uses the disk, and runs no program of that namespace',
  async (how) => {
    const machine = inventory(cloud.folder);
    await using job = await jobNamespace();
    await using halves = await mounted(cloud, `held by a user {{.BuildId}}`, { job: job.pid });
    await using user = await intruder(job, 'user', `holds-${how}`, ':');
    await user.running.waitForLine(/^ready$/);
    const text = await close(how, halves);
    expect(text).toMatch(/::warning.*sleep \(\d+\): its mount namespace has \/mnt\/build-omi\//);
    expect((await user.running.ended).code).not.toBe(0);
    expect(user.isProved()).toBe(false);
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

test.each(['commit', 'post'] as const)(
  '%s unmounts copies of the mounts in a container of root, runs no program of the container, and keeps it running',
  async (how) => {
    const machine = inventory(cloud.folder);
    await using job = await jobNamespace();
    await using halves = await mounted(cloud, `in a container {{.BuildId}}`, { job: job.pid });
    await using container = await intruder(job, 'root', `container-${how}`, ':');
    await container.running.waitForLine(/^ready$/);
    await close(how, halves);
    expect(container.isProved()).toBe(false);
    expect(container.running.child.signalCode).toBeNull();
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

test('the build ignores a process that uses the same path in another mount namespace', async () => {
  await using job = await jobNamespace();
  await using halves = await mounted(cloud, 'same name', { job: job.pid });
  const script = 'umount -R "$1" && mount -t tmpfs none "$1" && cd "$1" && echo ready && exec sleep 1000';
  const argv = ['nsenter', `--target=${job.pid}`, '--mount', '--', 'unshare', '--mount', 'sh', '-c', script];
  const other = launch([...argv, 'sh', halves.path], { PATH: process.env.PATH });
  await other.waitForLine(/^ready$/);
  successful(await halves.commit().main());
  expect(other.child.signalCode).toBeNull();
  other.child.kill('SIGKILL');
  await other.ended;
});
