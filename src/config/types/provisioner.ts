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
  run: option(text, { text: 'inline script' }),
  script: option(path, { text: 'path of a script on the VM to run in the chroot' }),
  file: option(fileEntry, { text: 'file to copy into the image, as in `files`' }),
  name: option(text, { text: 'name in the log' }),
  shell: option(text, { text: 'overrides the option `shell`' }),
  env: option(variables, { text: 'environment variables, in addition to the option `env`', default: {} }),
  timeout: option(duration, { text: 'overrides `provision_timeout`' }),
});

type Task =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'script'; readonly script: string }
  | { readonly kind: 'file'; readonly file: FileEntry };

/** One provisioning step; `timeout` is in milliseconds. */
export type Provisioner = Task & Pick<Values<typeof fields>, 'name' | 'shell' | 'env' | 'timeout'>;

const asMap = record('provisioner', fields);
const fix = 'write exactly one of them in each item';

/** `{run}`, `{script}` or `{file}`, each with optional `env`, `shell`, `timeout` and `name`. */
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
    if (task === undefined) return refuse('has none of run, script, file', fix);
    return tasks.length === 1 ? { ...task, ...rest } : refuse('has more than one of run, script, file', fix);
  },
};
