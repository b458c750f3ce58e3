import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { variables } from './collections.js';
import { duration } from './duration.js';
import { type FileEntry, fileEntry } from './files.js';
import { path } from './path.js';
import { record } from './record.js';
import { text } from './text.js';

const fields = group({
  run: option(text, { text: 'script' }),
  script: option(path, { text: 'file of the runner to run in the chroot' }),
  file: option(fileEntry, { text: 'what goes into the image, as in `files`' }),
  name: option(text, { text: 'how it is called in the log' }),
  shell: option(text, { text: 'as the option `shell`' }),
  env: option(variables, { text: 'variables, beside those of `env`', default: {} }),
  timeout: option(duration, { text: 'as `provision_timeout`' }),
});

type Task =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'script'; readonly script: string }
  | { readonly kind: 'file'; readonly file: FileEntry };

/** One piece of the work inside the image; `timeout` in milliseconds. */
export type Provisioner = Task & Pick<Values<typeof fields>, 'name' | 'shell' | 'env' | 'timeout'>;

const asMap = record('provisioner', fields);
const fix = 'write one of run, script, file in each';

/** `{run}`, `{script}` or `{file}`, each with its own `env`, `shell`, `timeout`, `name`. */
export const provisioner: Type<Provisioner> = {
  name: 'provisioner',
  placeholder: 'provisioner',
  schema: asMap.schema,
  async read(value) {
    const { run, script, file, ...rest } = await asMap.read(value);
    const tasks: Task[] = [
      ...(run === undefined ? [] : [{ kind: 'run', run } as const]),
      ...(script === undefined ? [] : [{ kind: 'script', script } as const]),
      ...(file === undefined ? [] : [{ kind: 'file', file } as const]),
    ];
    const [task] = tasks;
    if (task === undefined) return refuse('does nothing', fix);
    return tasks.length === 1 ? { ...task, ...rest } : refuse('does more than one thing', fix);
  },
};
