import { type Step, type StepOptions, step } from './action.js';
import type { TestCloud } from './cloud.js';
import { launch, type Running, successful } from './process.js';

/** A build in halves: its mount, and commits of it. */
export interface Halves {
  readonly mount: Step;
  readonly path: string;
  readonly id: string;
  commit(inputs?: Readonly<Record<string, string>>): Step;
}

type Options = Omit<Partial<StepOptions>, 'bundle'>;

/** What both halves and other builds that know each other share. */
export const sharing = (stateDir: string): Readonly<Record<string, string>> => ({ 'state-dir': stateDir });

/** Runs mount to its end. */
export async function mounted(cloud: TestCloud, name: string, options: Options = {}): Promise<Halves> {
  const { inputs = {}, ...rest } = options;
  const mount = step(cloud, { ...rest, bundle: 'mount', inputs: { 'omi-name': name, ...inputs } });
  successful(await mount.main());
  const { 'mount-path': path = '', 'build-id': id = '' } = mount.outputs();
  const stateDir = inputs['state-dir'] ?? mount.stateDir;
  return {
    mount,
    path,
    id,
    commit: (more = {}) =>
      step(cloud, {
        ...rest,
        bundle: 'commit',
        inputs: { 'build-id': id, 'state-dir': stateDir, ...more },
      }),
  };
}

/** A process with a mount namespace of its own, as the worker of a job may have: its steps run in it. */
export async function jobNamespace(): Promise<Running> {
  const job = launch(['unshare', '--mount', 'sh', '-c', 'echo ready; exec sleep 1000'], {
    PATH: process.env.PATH,
  });
  await job.seen(/^ready$/);
  return job;
}
