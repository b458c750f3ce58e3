import { type Step, type StepOptions, step } from './action.js';
import { openWorkers } from './fault-rows.js';
import { jobNamespace, type Namespace } from './mount-commit.js';
import type { Worker } from './worker.js';

/** Workers whose steps share a mount namespace, like those of a job; it has no mounts of other workers. */
export interface JobWorkers extends AsyncDisposable {
  readonly workers: readonly Worker[];
  /** The process that holds the namespace of a worker. */
  readonly jobOf: (worker: Worker) => number;
  /** A commit of the mounted build in that worker. */
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
