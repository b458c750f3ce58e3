import { expect } from '@jest/globals';
import { callsOf } from '../../src/config/docs/permissions.js';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { allowOnly } from './allow-only.js';
import type { TestCloud } from './cloud.js';
import { inventory } from './inventory.js';
import { inputsOf, type PageWorkflow } from './page-workflows.js';
import type { Workflow } from './pages.js';
import { type ActionRun, runWorkflow } from './workflow.js';

let runNumber = 0;

/** The workflow with what the emulator has in location of what a page names. */
const localized = (workflow: Workflow, source: string): Workflow =>
  JSON.parse(JSON.stringify(workflow).replaceAll('ami-12345678', source).replaceAll('[Outscale]', '[self]'));

const values = (source: string): Record<string, unknown> => ({
  github: { run_number: ++runNumber, run_attempt: 1, sha: '5f3c1d' },
  secrets: { OSC_ACCESS_KEY: defaultAccount.accessKey, OSC_SECRET_KEY: defaultAccount.secretKey },
  vars: { SOURCE_OMI: source, SHARED_WITH: '222222222222' },
});

const madeBy = (runs: readonly ActionRun[]): string[] =>
  runs
    .flatMap(({ outputs }) => [outputs['omi-id'], outputs['snapshot-id']])
    .filter((id): id is string => id !== undefined);

/**
 * Runs a workflow of a page with exactly the calls of the API allowed that the permissions page names for its
 * inputs, twice if it replaces its OMI. It leaves its OMIs and nothing else; they are deleted at the end.
 */
export async function runPage(
  { workflow }: PageWorkflow,
  { cloud, source, job }: { cloud: TestCloud; source: string; job?: number },
): Promise<void> {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const inputs = inputsOf(workflow);
  const around = { cloud, source, ...(job === undefined ? {} : { job }) };
  allowOnly(cloud, callsOf(inputs));
  let runs: ActionRun[] = [];
  for (let round = inputs.includes('force-deregister') ? 2 : 1; round > 0; round--)
    runs = await runWorkflow(localized(workflow, source), { ...around, values: values(source) });
  cloud.fail([]);
  expect(runs.flatMap(({ text }) => text.match(/^::(warning|error).*$/gm) ?? [])).toEqual([]);
  const builds = runs.filter(
    (run) => ['index', 'commit'].includes(run.bundle) && run.inputs.validate !== 'true',
  );
  const made = madeBy(builds);
  expect(made).toHaveLength(2 * builds.length);
  expect(await cloud.resources()).toEqual([...before, ...made].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
  for (const { outputs } of builds) {
    await cloud.api.call('DeleteImage', { ImageId: outputs['omi-id'] ?? '' });
    await cloud.api.call('DeleteSnapshot', { SnapshotId: outputs['snapshot-id'] ?? '' });
  }
}
