import { type Step, type StepOptions, step } from './action.js';
import { openWorkers } from './fault-rows.js';
import { jobNamespace, type Namespace } from './mount-commit.js';
import type { Worker } from './worker.js';

/** Lanes in each of which the steps share a mount namespace, as those of a job do: no lane sees another's mounts. */
export interface JobWorkers extends AsyncDisposable {
  readonly workers: readonly Worker[];
  /** The process that holds the namespace of a lane. */
  readonly jobOf: (worker: Worker) => number;
  /** A commit of what a mount has mounted in that lane. */
  readonly commitOf: (worker: Worker, mount: Step, options: Omit<StepOptions, 'inputs'>) => Step;
}

export async function openJobWorkers(): Promise<JobWorkers> {
  const workers = await openWorkers();
  const jobs = new Map<Worker, Namespace>();
  for (const worker of workers) jobs.set(worker, await jobNamespace());
  const jobOf = (worker: Worker): number => jobs.get(worker)?.pid ?? 0;
  return {
    workers,
    jobOf,
    commitOf: (worker, mount, options) =>
      step(worker.cloud, {
        ...options,
        job: jobOf(worker),
        bundle: 'commit',
        inputs: { 'build-id': mount.outputs()['build-id'] ?? '', 'state-dir': mount.stateDir },
      }),
    [Symbol.asyncDispose]: async () => {
      for (const job of jobs.values()) await job[Symbol.asyncDispose]();
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    },
  };
}
