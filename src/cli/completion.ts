import type { CommandEntry, Flag } from './commands.js';

/** The shells for which `completion` prints a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The completion script of a shell. */
export const completionScript = (shell: Shell, commands: readonly CommandEntry[]): string =>
  ({ bash, zsh, fish })[shell](commands);

const flagsOf = ({ sections }: CommandEntry): Flag[] => sections.flatMap(({ flags }) => flags);

/** The values of a flag that has a fixed set of them. */
const valuesOf = ({ value = '' }: Flag): string[] =>
  /^\w+(\|\w+)+$/.test(value) && !value.includes('number') ? value.split('|') : [];

const isPath = ({ value }: Flag): boolean => value === 'path';

/** The branches of a case of a shell, one for each command or flag. */
interface Branches {
  readonly commands: string;
  readonly values: readonly string[];
  readonly paths: string;
  readonly flags: readonly string[];
}

/** @param offer returns the statement that offers choices */
function branchesOf(commands: readonly CommandEntry[], offer: (choices: string) => string): Branches {
  const all = commands.flatMap((command) =>
    flagsOf(command).map((flag) => ({ command: command.name, flag })),
  );
  const key = ({ command, flag }: { command: string; flag: Flag }): string => `${command}:${flag.name}`;
  return {
    commands: commands.map(({ name }) => name).join(' '),
    values: all.flatMap((one) => {
      const values = valuesOf(one.flag);
      return values.length === 0 ? [] : [`    ${key(one)}) ${offer(values.join(' '))}; return ;;`];
    }),
    paths: all
      .filter(({ flag }) => isPath(flag))
      .map(key)
      .join('|'),
    flags: commands.map((command) => {
      const names = flagsOf(command).map(({ name }) => name);
      const choices = command.name === 'completion' ? shells : [...names, '--help'];
      return `    ${command.name}) ${offer(choices.join(' '))} ;;`;
    }),
  };
}

function bash(all: readonly CommandEntry[]): string {
  const offer = (choices: string): string => `COMPREPLY=($(compgen -W '${choices}' -- "$current"))`;
  const { commands, values, paths, flags } = branchesOf(all, offer);
  return `# Completion of build-omi for bash. Load it with: . <(build-omi completion bash)
_build_omi() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    ${offer(`${commands} --help --version`)}
    return
  fi
  case $command:$previous in
${values.join('\n')}
    ${paths}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case $command in
${flags.join('\n')}
  esac
}
complete -F _build_omi build-omi
`;
}

/** The variables of zshcompwid(1). */
const zshLine = 'local command=$words[2] previous=$words[CURRENT-1]';

function zsh(all: readonly CommandEntry[]): string {
  const offer = (choices: string): string => `compadd -- ${choices}`;
  const { commands, values, paths, flags } = branchesOf(all, offer);
  return `#compdef build-omi
# Completion of build-omi for zsh. Save it as _build-omi in a directory of fpath.
_build_omi() {
  ${zshLine}
  if (( CURRENT <= 2 )); then
    ${offer(`${commands} --help --version`)}
    return
  fi
  case $command:$previous in
${values.join('\n')}
    ${paths}) _files; return ;;
  esac
  case $command in
${flags.join('\n')}
  esac
}
if [ "$funcstack[1]" = _build-omi ]; then _build_omi "$@"; else compdef _build_omi build-omi; fi
`;
}

/** The first sentence of a description, without characters that end a quoted word of fish. */
const short = (text: string): string => (/^.*?\.(?= |$)/.exec(text)?.[0] ?? text).replaceAll(/[\\'`]/g, '');

function fish(all: readonly CommandEntry[]): string {
  const lines = all.flatMap((command) => [
    `complete -c build-omi -n __fish_use_subcommand -a ${command.name} -d '${short(command.description)}'`,
    ...flagsOf(command).map((flag) => {
      const values = valuesOf(flag);
      const argument =
        flag.value === undefined || (flag.isOptional && values.length === 0)
          ? ''
          : isPath(flag)
            ? ' -r -F'
            : values.length > 0
              ? ` ${flag.isOptional ? '' : '-x '}-a '${values.join(' ')}'`
              : ' -x';
      const name = flag.name.slice(2);
      return `complete -c build-omi -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${argument} -d '${short(flag.description)}'`;
    }),
  ]);
  return `# Completion of build-omi for fish. Load it with: build-omi completion fish | source
complete -c build-omi -f
complete -c build-omi -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'
${lines.join('\n')}
`;
}
