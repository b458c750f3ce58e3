import type { ReadContext } from './kit/context.js';
import { ConfigError } from './kit/issues.js';
import { kebab } from './kit/option.js';
import type { BuildConfig } from './options/table.js';
import { type AccessConfig, gather, type Read } from './read.js';
import { isComplete } from './read-table.js';
import { onlyWithTemplate } from './rules/packer.js';

/** The options of `shell`. */
export interface ShellConfig extends AccessConfig {
  /** The variables of a script. @param item its index in `provisioners` */
  readonly envOf: (item: number | undefined) => BuildConfig['provision']['env'];
}

/** The file of a build, with the inputs of a template. */
const ofFile = ['config', ...onlyWithTemplate.map(kebab)];

/** Reads the options of `shell`, from the file of the build too. @throws ConfigError with every problem */
export async function readShell(read: Read, context: ReadContext): Promise<ShellConfig> {
  const { config, given, issues } = await gather(read, context);
  if (!isComplete(config, ['access', 'running', 'provision']) || !given.has('build_id'))
    throw new ConfigError(issues);
  const { env } = config.provision;
  const silent: ReadContext = { ...context, notice: () => {}, command: 'build', names: [] };
  const whole = await gather((name) => (ofFile.includes(name) ? read(name) : undefined), silent);
  const items = whole.config.provision?.provisioners ?? [];
  const envOf: ShellConfig['envOf'] = (item) => {
    const own = item === undefined ? undefined : items[item];
    return { ...env, ...(own && 'env' in own && read('env') === undefined ? own.env : {}) };
  };
  return { ...config, envOf };
}
