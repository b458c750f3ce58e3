import { type Step, type StepOptions, step } from './action.js';
import { jobNamespace, type Namespace } from './halves.js';
import type { Lane } from './lane.js';
import { openLanes } from './rows.js';

/** Lanes in each of which the steps share a mount namespace, as those of a job do: no lane sees another's mounts. */
export interface JobLanes extends AsyncDisposable {
  readonly lanes: readonly Lane[];
  /** The process that holds the namespace of a lane. */
  readonly jobOf: (lane: Lane) => number;
  /** A commit of what a mount has mounted in that lane. */
  readonly commitOf: (lane: Lane, mount: Step, options: Omit<StepOptions, 'inputs'>) => Step;
}

export async function openJobLanes(): Promise<JobLanes> {
  const lanes = await openLanes();
  const jobs = new Map<Lane, Namespace>();
  for (const lane of lanes) jobs.set(lane, await jobNamespace());
  const jobOf = (lane: Lane): number => jobs.get(lane)?.pid ?? 0;
  return {
    lanes,
    jobOf,
    commitOf: (lane, mount, options) =>
      step(lane.cloud, {
        ...options,
        job: jobOf(lane),
        bundle: 'commit',
        inputs: { 'build-id': mount.outputs()['build-id'] ?? '', 'state-dir': mount.stateDir },
      }),
    [Symbol.asyncDispose]: async () => {
      for (const job of jobs.values()) await job[Symbol.asyncDispose]();
      await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
    },
  };
}
