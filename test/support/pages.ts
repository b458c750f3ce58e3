import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');

/** The pages for readers, from the root of the repository. */
const pages: readonly string[] = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
  .filter((page) => page !== 'CHANGELOG.md')
  .toSorted();

/**
 * What the comment right above a block says of how it is tested: `ci: NAME`, `.ci/run` runs it;
 * `test: PATH`, that test does; `needs: WHAT`, it cannot run without GitHub or Outscale.
 */
export interface Mark {
  readonly kind: string;
  readonly text: string;
}

/** A block of code in a page. */
export interface Block {
  readonly page: string;
  /** The line of its first line in the page, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly mark: Mark | undefined;
}

/** `page:line` of a block, for the names of tests. */
export const blockLocation = ({ page, line }: Block): string => `${page}:${line}`;

const fence = /^(?:<!-- (?<kind>\w+): (?<mark>.+?) -->\n)?```(?<language>\w*)\n(?<text>.*?)^```$/gms;

/** The blocks of code in the text of a page. */
export const blocksIn = (page: string, text: string): Block[] =>
  [...text.matchAll(fence)].map(({ index, groups = {}, 0: whole }) => {
    const { kind, mark = '', language = '', text: code = '' } = groups;
    return {
      page,
      line: text.slice(0, index + whole.indexOf('```')).split('\n').length + 1,
      language,
      text: code,
      mark: kind === undefined ? undefined : { kind, text: mark },
    };
  });

/** All blocks of all pages. */
export const allBlocks = (): Block[] =>
  pages.flatMap((page) => blocksIn(page, readFileSync(join(root, page), 'utf8')));

/** A step of a job. */
export interface WorkflowStep {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A job of a workflow. */
export interface Job {
  readonly 'runs-on'?: unknown;
  readonly steps: readonly WorkflowStep[];
  readonly env?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: {
    readonly matrix?: { readonly include?: readonly Readonly<Record<string, unknown>>[] };
  };
}

/** A workflow. */
export interface Workflow {
  readonly on?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/**
 * The workflow of a block of YAML, completed where the page shows only its jobs, the steps of a job or a list
 * of steps; undefined if it is something else, such as a configuration.
 */
export function workflowOf(text: string): Workflow | undefined {
  const value: unknown = parse(text);
  const job = (steps: unknown): unknown => ({ build: { 'runs-on': 'self-hosted', steps } });
  const whole = (rest: object): Workflow => JSON.parse(JSON.stringify({ on: 'workflow_dispatch', ...rest }));
  if (Array.isArray(value)) return value.every(isStep) ? whole({ jobs: job(value) }) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if ('jobs' in value) return whole(value);
  return 'steps' in value ? whole({ jobs: job(value.steps) }) : undefined;
}

const isStep = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('uses' in value || 'run' in value);
