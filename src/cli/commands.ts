import type { Command } from 'commander';
import { examples } from './examples.js';

/** A flag of a command. */
export interface Flag {
  /** With its hyphens. */
  readonly name: string;
  /** The placeholder of its value; undefined if it takes none. */
  readonly value: string | undefined;
  /** Whether the value may be left out. */
  readonly isOptional: boolean;
  /** Markdown, on one line. */
  readonly description: string;
}

/** Flags under a title. */
interface Section {
  readonly title: string;
  readonly flags: readonly Flag[];
}

/** A command, for help, reference and completion. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly sections: readonly Section[];
  /** Command lines without the program's name. */
  readonly examples: readonly string[];
}

/** The commands of a program, in their order. */
export const commandsOf = (program: Command): CommandEntry[] => program.commands.map(entryOf);

/** One command. */
export function entryOf(command: Command): CommandEntry {
  const sections = new Map<string, Flag[]>();
  for (const one of command.options) {
    const title = one.helpGroupHeading ?? 'Flags';
    const flag: Flag = {
      name: one.long ?? one.flags,
      value: /[<[](.*)[>\]]/.exec(one.flags)?.[1],
      isOptional: one.optional,
      description: one.description,
    };
    sections.set(title, [...(sections.get(title) ?? []), flag]);
  }
  return {
    name: command.name(),
    description: command.description(),
    sections: [...sections].map(([title, flags]) => ({ title, flags })),
    examples: examples.get(command.name()) ?? [],
  };
}

/** A flag with its value: `--omi-name <text>`. */
export const usageOf = ({ name, value, isOptional }: Flag): string =>
  value === undefined ? name : `${name} ${isOptional ? `[${value}]` : `<${value}>`}`;
