import { CallRecorder } from '../../packer/recorder.js';
import { type OptionsFile, readOptionsFile } from '../input/file.js';
import type { GivenToTemplate } from '../input/packer.js';
import { type Read, rawValuesOf } from '../input/raw-value.js';
import { readTemplateInputs } from '../input/variable-values.js';
import type { ReadContext } from '../kit/context.js';
import { ConfigError } from '../kit/issues.js';
import { legacyNames } from '../kit/legacy-names.js';
import { allOptions } from '../options/table.js';
import { readConfig } from '../read.js';
import { header } from './header.js';
import { nativeOptions } from './native.js';
import type { Remark } from './remark.js';
import { Secrets } from './secrets.js';
import { withExpressions } from './varying.js';
import { writeOptions } from './write.js';

/** A Packer template as options of a build. */
export interface Converted {
  /** YAML that `config` accepts, and the step of the workflow as a comment. */
  readonly text: string;
  /** What options cannot say, each with its place. */
  readonly remarks: readonly string[];
}

/** A time that does not occur in a template by chance. */
const recordedTime = new Date('2345-11-29T13:47:58Z');

/**
 * Converts a Packer template to options of a build that give the same OMI. Knows nothing of its syntax.
 * @param file the path of the template
 * @param read returns `builder`, `variables` and `variable-files`
 * @throws ConfigError with every problem of the template and of the options
 */
export async function convertTemplate(file: string, read: Read, context: ReadContext): Promise<Converted> {
  const readAll: Read = (name) => (name === 'config' ? file : read(name));
  await readConfig(readAll, context);
  const silent = { ...context, notice: () => {} };
  const text = (name: string): unknown => rawValuesOf(name, read, undefined)[0]?.value;
  const at = async (also: Partial<GivenToTemplate>): Promise<OptionsFile> =>
    await readOptionsFile(file, silent, async (syntax) => ({
      ...(await readTemplateInputs(text, syntax, silent)),
      ...also,
    }));
  const presentTime = new Date();
  const recorder = new CallRecorder();
  const present = await at({ startedAt: presentTime });
  const recorded = await at({ startedAt: recordedTime, wrap: recorder.wrap });
  const { template, secrets: variables = new Map<string, string>() } = present;
  if (template === undefined)
    throw new ConfigError([
      { option: file, problem: 'is not a Packer template', fix: 'write the path of a template' },
    ]);
  if (template.data.length > 0)
    throw new ConfigError([
      {
        option: file,
        problem: 'has data sources, whose values only a build knows',
        fix: 'use source_omi_filter in the template, and convert it then',
      },
    ]);
  const remarks: Remark[] = [];
  const readings = { recorded: recorded.values, recorder, present: present.values, presentTime };
  const values = withExpressions(readings, isRendered, remarks);
  const native = nativeOptions(values, template.manifests, remarks);
  const secrets = new Secrets(native.values, variables, context.environment);
  const more: Remark[] = [];
  const options = secrets.without(native.values, more);
  const all = [...native.remarks, ...more].map((one) => ({ ...one, text: secrets.inText(one.text) }));
  const { name, type } = template;
  return {
    text: await writeOptions(options, all, header({ file, name, type, options, secrets })),
    remarks: all.map((one) => `${placeOf(one)}${one.text}`),
  };
}

const isRendered = (option: string): boolean =>
  allOptions[legacyNames[option] ?? option]?.template !== undefined;

const placeOf = ({ at }: Remark): string =>
  at.length === 0
    ? ''
    : `${at.map((one) => (typeof one === 'number' ? `item ${one + 1}` : one)).join(', ')}: `;
