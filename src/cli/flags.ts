import { Command, Option } from 'commander';
import type { OptionFlag } from '../config/docs/flags.js';

/** All commands. */
export class Program extends Command {
  /** @param only the name of the only command that can be run, so that no other needs its flags */
  constructor(readonly only: string | undefined) {
    super('build-omi');
  }
}

/**
 * Adds options as flags under the titles of their groups. A boolean without a value is `true`.
 * @param flags returns them; it is not called for a command that cannot be run
 */
export function addFlags(command: Command, flags: () => readonly OptionFlag[]): void {
  const only = command.parent instanceof Program ? command.parent.only : undefined;
  if (only !== undefined && only !== command.name()) return;
  for (const { name, placeholder, description, section } of flags()) {
    const value = placeholder === 'true|false' ? `[${placeholder}]` : `<${placeholder}>`;
    command.addOption(new Option(`--${name} ${value}`, description).helpGroup(section));
  }
}

/** Adds the flags that say where the output goes. */
export function addOutputFlags(command: Command, hasOutputs: boolean): void {
  if (hasOutputs)
    command.addOption(
      new Option('--outputs <path>', 'File for the outputs, in shell syntax: `. FILE`').helpGroup('Output'),
    );
  command.addOption(new Option('--json', 'Write a JSON object a line to stdout.').helpGroup('Output'));
}

/** Adds the flag that names the file of the manifest. */
export function addManifestFlag(command: Command): void {
  const text = 'File for the manifest, a JSON object; none without RUNNER_TEMP or this';
  command.addOption(new Option('--manifest <path>', text).helpGroup('Output'));
}

/** Reads the flags of a command as text; a flag without a value is `true`. */
export function readerOf(command: Command): (name: string) => string | undefined {
  const flags = new Map<string | undefined, unknown>(
    command.options.map((option) => [option.long?.slice(2), command.getOptionValue(option.attributeName())]),
  );
  return (name) => {
    const value = flags.get(name);
    return value === true ? 'true' : typeof value === 'string' ? value : undefined;
  };
}
