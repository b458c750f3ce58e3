import { checkKeys } from './keys.js';
import type { Provisioner } from './provisioner.js';
import { TemplateStep } from './step.js';
import type { Value } from './template.js';
import { booleanOf, mapOf, textOf, textsOf } from './values.js';

/** Keys that concern a connection to another VM, or the file that Packer uploads. */
const ignored = [
  'remote_folder',
  'remote_file',
  'remote_path',
  'skip_clean',
  'expect_disconnect',
  'start_retry_timeout',
];

const keys = [
  'inline',
  'script',
  'scripts',
  'environment_vars',
  'env',
  'execute_command',
  'inline_shebang',
  'valid_exit_codes',
  'binary',
  'use_env_var_file',
];

/** The ways to say what Packer does without `execute_command`, without white space. */
const usualCommands = [
  'chmod+x{{.Path}};{{.Vars}}{{.Path}}',
  'chmod+x{{.Path}};.{{.EnvVarFile}}&&{{.Path}}',
  '{{.Vars}}{{.Path}}',
];

/** The steps of a `shell` provisioner: one for its inline script, or one for each script file. */
export function shellSteps(provisioner: Provisioner): TemplateStep[] {
  const { values, at, findings } = provisioner;
  checkKeys(values, [...keys, ...ignored], at, findings);
  for (const key of values.keys())
    if (ignored.includes(key))
      findings.notice([...at, key], 'is ignored: scripts run in the chroot of this VM');
  const sources = ['inline', 'script', 'scripts'].filter((key) => values.has(key));
  if (sources.length !== 1) {
    findings.problem(
      at,
      `has ${sources.length === 0 ? 'none' : 'several'} of inline, script, scripts`,
      'write one of them',
    );
    return [];
  }
  const also = fieldsOf(provisioner);
  const list = (key: string): string[] => textsOf(values.get(key) ?? [], [...at, key], findings);
  if (values.has('inline')) {
    const shebang = textOf(values.get('inline_shebang') ?? '/bin/sh -e', [...at, 'inline_shebang'], findings);
    return [new TemplateStep([['run', `#!${shebang}\n${list('inline').join('\n')}\n`], ...also])];
  }
  // A script without a #! line is run by sh without -e, as execvp(3) does.
  return [...list('script'), ...list('scripts')].map(
    (path) => new TemplateStep([['script', path], ['shell', 'sh'], ...also]),
  );
}

function fieldsOf(provisioner: Provisioner): [string, Value][] {
  const { values, at, findings } = provisioner;
  const command = values.get('execute_command');
  const codes = values.get('valid_exit_codes');
  const binary = values.get('binary');
  const isBinary = binary !== undefined && booleanOf(binary, [...at, 'binary'], findings);
  return [
    ['env', environmentOf(provisioner)],
    ...(command === undefined ? [] : commandOf(command, provisioner)),
    ...(codes === undefined
      ? []
      : [['valid_exit_codes', typeof codes === 'string' ? [codes] : codes] satisfies [string, Value]]),
    ...(isBinary ? [['binary', 'true'] satisfies [string, Value]] : []),
  ];
}

function commandOf(command: Value, { at, findings, render }: Provisioner): [string, Value][] {
  const text = textOf(command, [...at, 'execute_command'], findings);
  if (usualCommands.includes(text.replaceAll(/\s/g, ''))) return [];
  return [['execute_command', render(text, [...at, 'execute_command'], true)]];
}

/** `env`, then `environment_vars`, whose items are `NAME=value`. */
function environmentOf({ values, at, findings, env }: Provisioner): ReadonlyMap<string, string> {
  const own = mapOf(values.get('env') ?? new Map(), [...at, 'env'], findings);
  const items = textsOf(values.get('environment_vars') ?? [], [...at, 'environment_vars'], findings);
  const listed = items.flatMap((item, index): [string, string][] => {
    const split = item.indexOf('=');
    if (split > 0) return [[item.slice(0, split), item.slice(split + 1)]];
    findings.problem(
      [...at, 'environment_vars', `item ${index + 1}`],
      'is not NAME=value',
      'write NAME=value',
    );
    return [];
  });
  return new Map([...Object.entries(env), ...own, ...listed]);
}
