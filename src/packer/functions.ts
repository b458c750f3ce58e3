import { functionsFor, type TemplateFunction } from '../template/functions.js';
import { TemplateError } from '../template/parse.js';
import type { Scope } from './interpolate.js';
import { strftime } from './strftime.js';

/** What the functions of a template depend on. */
export interface Setting {
  /** The time of all time functions. */
  readonly startedAt: Date;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory of the template. */
  readonly directory: string;
  /** The working directory of the build. */
  readonly workspace: string;
  readonly notice: (line: string) => void;
  /** Replaces the functions, to observe their calls. */
  readonly wrap?: (functions: Scope['functions']) => Scope['functions'];
}

const refused: Readonly<Record<string, string>> = {
  packer_version: 'no version of Packer is involved; remove it',
  build: 'it has data of the running build, which is not known yet; use the environment of the script',
  sed: 'use replace_all',
  consul_key: 'read the value in an earlier step of the workflow, and pass it in the input variables',
  vault: 'read the value in an earlier step of the workflow, and pass it in the input variables',
  aws_secretsmanager: 'read the value in an earlier step of the workflow, and pass it in the input variables',
};

const environmentOnly = {
  env: 'it is available only in variables; declare a variable with this default',
};

const withoutBuilder = {
  build_name: 'it is not available in variables',
  build_type: 'it is not available in variables',
};

function common(setting: Setting): Scope['functions'] {
  const { startedAt, environment, directory, workspace, notice, wrap = (all) => all } = setting;
  const { env, index: _index, ...functions } = functionsFor({ startedAt, environment, notice });
  return {
    ...wrap(functions),
    ...(env === undefined ? {} : { env }),
    clean_ami_name: functions.clean_omi_name ?? (() => ''),
    strftime: (layout) => strftime(startedAt, String(layout)),
    template_dir: () => directory,
    pwd: () => workspace,
  };
}

/** The functions in the values of variables. @param user returns the value of another variable */
export const variableScope = (setting: Setting, user: TemplateFunction): Scope => ({
  functions: { ...common(setting), user },
  refused: { ...refused, ...withoutBuilder },
});

/** The functions everywhere else in a template. */
export function blockScope(
  setting: Setting,
  { name, type }: { readonly name: string; readonly type: string },
  variables: ReadonlyMap<string, string>,
): Scope {
  const { env: _env, ...functions } = common(setting);
  return {
    functions: {
      ...functions,
      // For expressions with data, which the build evaluates.
      index: () => {
        throw new TemplateError('calls index on a value that is not a map');
      },
      build_name: () => name,
      build_type: () => type,
      user: (variable) => {
        const value = variables.get(String(variable));
        if (value === undefined)
          setting.notice(`the variable ${String(variable)} is not declared: its value is empty`);
        return value ?? '';
      },
    },
    refused: { ...refused, ...environmentOnly },
  };
}
