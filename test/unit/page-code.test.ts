import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { documentedOptions } from '../../src/config/docs/flags.js';
import { callsOf, features, policyOf } from '../../src/config/docs/permissions.js';
import { kebab } from '../../src/config/kit/option.js';
import { operations } from '../../src/outscale/api.js';
import { lintWorkflow } from '../support/actionlint.js';
import { inputsOf, ownSteps, pageWorkflows } from '../support/page-workflows.js';
import { allBlocks, blockLocation, blocksIn, type Mark, workflowOf } from '../support/pages.js';
import { bundleOf } from '../support/workflow.js';

const root = resolve(import.meta.dirname, '../..');
const blocks = allBlocks();
const workflows = pageWorkflows();
const ciScript = readFileSync(resolve(root, '.ci/run'), 'utf8');

/** Why a mark says nothing of how the block is tested; undefined if it does. */
function problemOf({ kind, text }: Mark): string | undefined {
  if (kind === 'ci') return ciScript.includes(`readme_command ${text}`) ? undefined : `no ${text} in .ci/run`;
  if (kind === 'test')
    return existsSync(resolve(root, `test/${text}.test.ts`)) ? undefined : `no test ${text}`;
  return kind === 'needs' && /GitHub|Outscale/.test(text) ? undefined : `unknown mark ${kind}: ${text}`;
}

test('each mark of a command or workflow names the test that runs it, or what it needs', () => {
  const noted = [
    ...blocks
      .filter(({ language }) => language === 'sh')
      .map((one) => ({ location: blockLocation(one), ...one })),
    ...workflows,
  ];
  const problems = noted.flatMap(({ location, mark }) => {
    const problem = mark === undefined ? undefined : problemOf(mark);
    return problem === undefined ? [] : [`${location}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

test('what cannot run without GitHub or Outscale is this', () => {
  const marked = [...blocks, ...workflows.filter(({ location }) => location.startsWith('examples/'))].flatMap(
    (one) =>
      one.mark?.kind === 'needs' ? [`${'location' in one ? one.location : one.page}: ${one.mark.text}`] : [],
  );
  expect(marked).toEqual([
    'docs/guides/attest.md: GitHub, attestations',
    'docs/guides/attest.md: GitHub, attestations',
    'docs/guides/coming-from-packer.md: Outscale, its OMIs of Debian',
    'docs/guides/runners.md: GitHub, a registration token',
    'docs/guides/runners.md: Outscale, a VM to start and stop',
  ]);
});

test.each(workflows)('actionlint accepts the workflow of $location', async ({ workflow, location }) => {
  expect(await lintWorkflow(stringify(workflow), `${location}.yml`)).toEqual([]);
});

const command = { index: 'build', mount: 'mount', commit: 'commit', find: 'find' } as const;

test.each(workflows)('the inputs in the workflow of $location exist', ({ workflow }) => {
  const unknown = ownSteps(workflow).flatMap((step) => {
    const names = Object.keys(documentedOptions(command[bundleOf(step) ?? 'index'])).map(kebab);
    return Object.keys(step.with ?? {}).filter((input) => !names.includes(input));
  });
  expect(unknown).toEqual([]);
});

test('blocks of JSON are valid', () => {
  const invalid = blocks.filter(({ language, text }) => {
    if (language !== 'json') return false;
    // A page may show several lines of JSON.
    for (const part of [[text], text.trim().split('\n')]) {
      try {
        for (const one of part) JSON.parse(one);
        return false;
      } catch {}
    }
    return true;
  });
  expect(invalid.map(blockLocation)).toEqual([]);
});

test('the policy of the README allows the calls of each of its workflows, and no more', () => {
  const inputs = workflows
    .filter(({ location }) => location.startsWith('README.md'))
    .flatMap(({ workflow }) => inputsOf(workflow));
  const shown = blocks.filter(({ page, text }) => page === 'README.md' && text.includes('"Statement"'));
  expect(shown.map(({ text }) => text)).toEqual([`${policyOf(callsOf(inputs))}\n`]);
});

test('the inputs and the operations in the table of calls exist', () => {
  const names = Object.keys(documentedOptions('build')).map(kebab);
  expect(features.flatMap(({ inputs }) => inputs).filter((input) => !names.includes(input))).toEqual([]);
  expect(callsOf(names).filter((call) => !Object.hasOwn(operations, call))).toEqual([]);
});

test('a block is found with its line, its language and its mark', () => {
  const page = 'A\n\n```sh\nfirst\n```\n\n<!-- needs: GitHub -->\n```sh\nsecond\n```\n';
  expect(blocksIn('a.md', page)).toEqual([
    { page: 'a.md', line: 4, language: 'sh', text: 'first\n', mark: undefined },
    { page: 'a.md', line: 9, language: 'sh', text: 'second\n', mark: { kind: 'needs', text: 'GitHub' } },
  ]);
});

test('steps alone are a workflow, options are not', () => {
  expect(workflowOf('- run: "true"\n')?.jobs.build?.steps).toEqual([{ run: 'true' }]);
  expect(workflowOf('omi_name: web\n')).toBeUndefined();
});
