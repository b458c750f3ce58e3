import { dirname, join } from 'node:path';
import { exec } from '../../src/host/exec/exec.js';
import { type Step, type StepOptions, step } from './action.js';
import type { TestCloud } from './cloud.js';
import { launch, type Ran, successful } from './process.js';
import { asTestUser } from './users.js';

/** A build by mount and commit. At the end of its block post has run, also after an error. */
export interface MountedBuild extends AsyncDisposable {
  readonly mount: Step;
  readonly path: string;
  readonly id: string;
  /** Runs a script in the chroot. */
  readonly inside: (script: string) => Promise<void>;
  /** Runs a command as a step between the two does: as their user, in a repository, with MOUNT_PATH. */
  readonly between: (argv: readonly string[], repository?: string) => Promise<Ran>;
  readonly commit: (inputs?: Readonly<Record<string, string>>) => Step;
}

type Options = Omit<Partial<StepOptions>, 'bundle'>;

/** What mount, commit and other builds with the same state directory share. */
export const sharing = (stateDir: string): Readonly<Record<string, string>> => ({ 'state-dir': stateDir });

/** Runs a script in a chroot that is mounted in the mount namespace of that process, or in the VM's own. */
export async function inChroot(path: string, script: string, job?: number): Promise<void> {
  const chroot = ['chroot', path, '/bin/sh', '-ec', script] as const;
  await exec(job === undefined ? chroot : ['nsenter', `--target=${job}`, '--mount', '--', ...chroot]);
}

/** Runs mount to its end. */
export async function mounted(cloud: TestCloud, name: string, options: Options = {}): Promise<MountedBuild> {
  const { inputs = {}, ...rest } = options;
  const mount = step(cloud, { ...rest, bundle: 'mount', inputs: { 'omi-name': name, ...inputs } });
  successful(await mount.main());
  const post = async (): Promise<void> => void (await mount.post());
  const { 'mount-path': path = '', 'build-id': id = '' } = mount.outputs();
  const stateDir = inputs['state-dir'] ?? mount.stateDir;
  return {
    mount,
    path,
    id,
    inside: async (script) => await inChroot(path, script, rest.job),
    between: async (argv, repository = mount.workspace) => {
      const { user = 'root', job } = rest;
      const folder = dirname(mount.workspace);
      const env = { PATH: process.env.PATH, MOUNT_PATH: path, RUNNER_TEMP: join(folder, 'temp') };
      const location = job === undefined ? undefined : { job, cwd: repository };
      return await launch(asTestUser(user, folder, argv, location), env, repository).ended;
    },
    commit: (more = {}) =>
      step(cloud, {
        ...rest,
        bundle: 'commit',
        inputs: { 'build-id': id, 'state-dir': stateDir, ...more },
      }),
    [Symbol.asyncDispose]: post,
  };
}

/** A process with a mount namespace of its own. */
export type Namespace = { readonly pid: number } & AsyncDisposable;

/**
 * Makes one, as the worker of a job may have: its steps run in it.
 * @param propagation `shared`, as on a VM with systemd: others have what is mounted there.
 */
export const jobNamespace = async (propagation: 'private' | 'shared' = 'private'): Promise<Namespace> =>
  await openNamespace(['unshare', '--mount', `--propagation=${propagation}`]);

/** Makes one that gets what is mounted in another, if that is shared, as a service of the VM does. */
export const follower = async ({ pid }: Namespace): Promise<Namespace> =>
  await openNamespace(['nsenter', `--target=${pid}`, '--mount', 'unshare', '--mount', '--propagation=slave']);

async function openNamespace(enter: readonly string[]): Promise<Namespace> {
  const holder = launch([...enter, 'sh', '-c', 'echo ready; exec sleep 1000'], { PATH: process.env.PATH });
  await holder.waitForLine(/^ready$/);
  return {
    pid: holder.child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      holder.child.kill('SIGKILL');
      await holder.ended;
    },
  };
}
