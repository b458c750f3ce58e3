import { TemplateStep } from '../../packer/step.js';
import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { list, variables } from './collections.js';
import { duration } from './duration.js';
import { type ContentEntry, type FileEntry, fileOrContent } from './files.js';
import { path } from './path.js';
import { record } from './record.js';
import { boolean, wholeNumber } from './scalars.js';
import { text } from './text.js';

const fields = group({
  run: option(text, { text: 'inline script' }),
  script: option(path, { text: 'path of a script on the VM to run in the chroot' }),
  file: option(fileOrContent, {
    text: 'file to copy into the image, as in `files`; a map can have `content`, its text, instead of `source`',
  }),
  name: option(text, { text: 'name in the log' }),
  shell: option(text, { text: 'overrides the option `shell`' }),
  env: option(variables, { text: 'environment variables, in addition to the option `env`', default: {} }),
  timeout: option(duration, { text: 'overrides `provision_timeout`' }),
  max_retries: option(wholeNumber({ min: 0, max: 1000, unit: 'retries' }), {
    text: 'how often a script that fails is run again',
    default: 0,
  }),
  valid_exit_codes: option(list(wholeNumber({ min: 0, max: 255, unit: 'an exit code' }), 'exit codes'), {
    text: 'exit codes of a script that count as success',
    default: [0],
  }),
});

/** Fields that only a Packer template sets. */
const templateFields = group({
  ...fields,
  execute_command: option(text, { text: 'command line that runs the script' }),
  binary: option(boolean, { text: 'keep Windows line ends', default: false }),
  sleep: option(duration, { text: 'a pause' }),
});

type Task =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'script'; readonly script: string }
  | { readonly kind: 'file'; readonly file: FileEntry | ContentEntry }
  | { readonly kind: 'sleep'; readonly sleep: number };

type Common = Omit<Values<typeof fields>, 'run' | 'script' | 'file'>;

/** One provisioning step; `timeout` and `sleep` are in milliseconds. */
export type Provisioner = Task &
  Common &
  Partial<Pick<Values<typeof templateFields>, 'execute_command' | 'binary'>>;

const asMap = record('provisioner', fields);
const asTemplateStep = record('provisioner', templateFields);
const fix = 'write exactly one of them in each item';

/**
 * `{run}`, `{script}` or `{file}`, each with optional `env`, `shell`, `timeout`, `name`, `max_retries` and
 * `valid_exit_codes`.
 */
export const provisioner: Type<Provisioner> = {
  name: 'provisioner',
  placeholder: 'provisioner',
  schema: asMap.schema,
  async read(value) {
    const read = value instanceof TemplateStep ? await asTemplateStep.read(value) : await asMap.read(value);
    const { run, script, file, ...others } = read;
    const { sleep, ...rest } = { sleep: undefined, ...others };
    if (file !== undefined && value instanceof Map && value.has('valid_exit_codes'))
      refuse('has valid_exit_codes for a file', 'remove it: only scripts have exit codes');
    const tasks: Task[] = [
      ...(run === undefined ? [] : [{ kind: 'run', run } as const]),
      ...(script === undefined ? [] : [{ kind: 'script', script } as const]),
      ...(file === undefined ? [] : [{ kind: 'file', file } as const]),
      ...(sleep === undefined ? [] : [{ kind: 'sleep', sleep } as const]),
    ];
    const [task] = tasks;
    if (task === undefined) return refuse('has none of run, script, file', fix);
    return tasks.length === 1 ? { ...task, ...rest } : refuse('has more than one of run, script, file', fix);
  },
};
