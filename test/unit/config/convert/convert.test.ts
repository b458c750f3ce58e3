import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Converted, convertTemplate } from '../../../../src/config/convert/convert.js';
import { ConfigError } from '../../../../src/config/kit/issues.js';
import { readConfig } from '../../../../src/config/read.js';
import { interpolate } from '../../../../src/packer/interpolate.js';
import { readTasks } from '../../../../src/steps/scripts.js';
import { functionsFor } from '../../../../src/template/functions.js';
import { caseNames, type PackerCase, readCase } from '../../../support/packer-cases.js';
import { onRunner } from '../../../support/workflow-expression.js';
import { context } from '../reading.js';

/** The times of the conversion, and of the builds after it. */
const [early, late] = [new Date('2026-11-26T02:03:04Z'), new Date('2031-05-06T07:08:09Z')];
const timers = [
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
] as const;
beforeAll(() => void jest.useFakeTimers({ now: early, doNotFake: [...timers] }));
afterAll(() => void jest.useRealTimers());

type Inputs = Readonly<Record<string, string>>;

/** The texts of a value with their expressions that need no data of the build replaced. */
function rendered(value: unknown): unknown {
  if (typeof value === 'string')
    return value.includes('{{')
      ? interpolate(value, { functions: functionsFor({ startedAt: new Date() }), refused: {} }, true)
      : value;
  if (Buffer.isBuffer(value)) return value.toString();
  if (Array.isArray(value)) return value.map(rendered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rendered(one)]));
}

/** What a build would do with these inputs: its options and tasks, or the error. */
async function resolved(inputs: Inputs, one: PackerCase, workspace: string): Promise<unknown> {
  try {
    const config = await readConfig((name) => inputs[name], contextOf(one, workspace));
    const { access, source, volume, mount, image } = config;
    const { provisioners: _same, env: _inTasks, ...provision } = config.provision;
    const tasks = readTasks(config, workspace);
    const options = { source, volume, mount, image: rendered(image), provision };
    return { access, ...options, ...tasks, tasks: tasks.tasks.map(rendered) };
  } catch (error) {
    return error instanceof ConfigError ? error.message : error;
  }
}

const contextOf = ({ env }: Pick<PackerCase, 'env'>, workspace: string) =>
  context({
    environment: { ...env, SOURCE_OMI: 'ami-12345678' },
    readFile: (path) => {
      try {
        return readFileSync(join(workspace, path), 'utf8');
      } catch {
        return undefined;
      }
    },
  });

const remarks: Readonly<Record<string, readonly string[]>> = {
  '17-execute-command': [
    'provisioners, item 1: execute_command: chmod +x {{.Path}}; {{.Vars}} sh -x {{.Path}}',
  ],
  '32-pause-timeout-retries': ['provisioners, item 1: a pause of 1s', 'provisioners, item 2: a pause of 1s'],
  '37-manifest': ['the manifest m.json in the format of Packer; the output manifest has the same facts'],
};

/** A result without what the options of these templates cannot say. */
const withoutRemarked = (result: unknown): unknown =>
  JSON.parse(
    JSON.stringify(result, (key, value: unknown) => {
      if (key === 'executeCommand' || key === 'name') return undefined;
      if (key !== 'tasks' || !Array.isArray(value)) return value;
      return value.filter((one: { kind?: string }) => one.kind !== 'pause');
    }),
  );

test.each(caseNames)('%s gives the same build converted and unconverted', async (name) => {
  const one = readCase(name);
  const workspace = `test/packer/${name}`;
  const given: Inputs = {
    builder: one.builder ?? '',
    variables: JSON.stringify(one.variables),
    'variable-files': one.variableFiles.join('\n'),
  };
  jest.setSystemTime(early);
  const converted: Converted | string = await convertTemplate(
    'template.json',
    (input) => given[input],
    contextOf(one, workspace),
  ).catch((error: unknown) => (error instanceof ConfigError ? error.message : Promise.reject(error)));
  jest.setSystemTime(late);
  const unconverted = await resolved({ ...given, config: 'template.json' }, one, workspace);
  if (typeof converted === 'string') {
    expect(converted).toBe(unconverted);
    return;
  }
  expect(converted.remarks).toEqual(remarks[name] ?? []);
  for (const secret of one.logWithout) expect(converted.text).not.toContain(secret);
  const native = await resolved({ config: onRunner(converted.text, { PW: 'tops3cret' }) }, one, workspace);
  if (remarks[name] === undefined) expect(native).toEqual(unconverted);
  else expect(withoutRemarked(native)).toEqual(withoutRemarked(unconverted));
});
