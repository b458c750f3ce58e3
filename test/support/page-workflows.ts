import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examples } from './example-step.js';
import {
  allBlocks,
  blockLocation,
  type Mark,
  type Workflow,
  type WorkflowStep,
  workflowOf,
} from './pages.js';
import { bundleOf } from './workflow.js';

/** A workflow of a page or of examples/. */
export interface PageWorkflow {
  /** Where it is, for the names of tests. */
  readonly location: string;
  readonly workflow: Workflow;
  readonly mark: Mark | undefined;
}

/** The mark of an example, in a comment line of its own, such as `# test: privileged/ansible`. */
function markOf(text: string): Mark | undefined {
  const { kind, mark = '' } = /^# (?<kind>test|needs): (?<mark>.+)$/m.exec(text)?.groups ?? {};
  return kind === undefined ? undefined : { kind, text: mark };
}

/** The workflows of all pages, and those of examples/. */
export function pageWorkflows(): PageWorkflow[] {
  const ofPages = allBlocks()
    .filter(({ language }) => language === 'yaml')
    .map((block) => ({ location: blockLocation(block), text: block.text, mark: block.mark }));
  const ofExamples = globSync('*.yml', { cwd: examples })
    .toSorted()
    .map((file) => ({ file, text: readFileSync(join(examples, file), 'utf8') }))
    .map(({ file, text }) => ({ location: `examples/${file}`, text, mark: markOf(text) }));
  return [...ofPages, ...ofExamples].flatMap(({ location, text, mark }) => {
    const workflow = workflowOf(text);
    return workflow === undefined ? [] : [{ location, workflow, mark }];
  });
}

/** The steps of this action in a workflow. */
export const ownSteps = ({ jobs }: Workflow): WorkflowStep[] =>
  Object.values(jobs).flatMap(({ steps }) => steps.filter((step) => bundleOf(step) !== undefined));

/** Whether a workflow works in a chroot on the machine, between `mount` and `commit`. */
export const mounts = ({ workflow }: PageWorkflow): boolean =>
  ownSteps(workflow).some((step) => bundleOf(step) === 'mount');

/** The names of all inputs that the steps of this action have. */
export const inputsOf = (workflow: Workflow): string[] =>
  ownSteps(workflow).flatMap(({ with: inputs = {} }) => Object.keys(inputs));
