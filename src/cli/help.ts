import type { Command, Help } from 'commander';
import { wrapped } from '../report/format.js';
import { type CommandEntry, commandsOf, entryOf, usageOf } from './commands.js';

/** Columns of a help text at most. Longer lines are hard to read. */
const widest = 100;

/** The help text of a program, or of one of its commands. */
export function helpText(command: Command, { helpWidth = 80 }: Help): string {
  const width = Math.min(helpWidth, widest);
  return `${command.parent === null ? programHelp(command, width) : commandHelp(entryOf(command), width)}\n`;
}

function programHelp(program: Command, width: number): string {
  const commands = commandsOf(program);
  const column = Math.max(...commands.map(({ name }) => name.length)) + 4;
  return [
    `Usage: ${program.name()} COMMAND [FLAGS]`,
    wrapped(program.description(), width),
    [
      'Commands',
      ...commands.map(({ name, description }) =>
        wrapped(`  ${name.padEnd(column - 2)}${plain(description)}`, width, column),
      ),
    ].join('\n'),
    'COMMAND --help describes the flags of a command. --version prints the version.',
  ].join('\n\n');
}

const commandHelp = ({ name, description, sections, examples }: CommandEntry, width: number): string =>
  [
    `Usage: build-omi ${name} [FLAGS]`,
    wrapped(plain(description), width),
    ...(examples.length === 0
      ? []
      : [['Examples', ...examples.map((one) => wrapped(`  build-omi ${one}`, width, 4, ' \\'))].join('\n')]),
    ...sections.map(({ title, flags }) =>
      [
        title,
        ...flags.map(
          (flag) => `  ${usageOf(flag)}\n${wrapped(`      ${plain(flag.description)}`, width, 6)}`,
        ),
      ].join('\n'),
    ),
  ].join('\n\n');

/** Markdown without its marks: code, and links, of which the text stays. */
const plain = (markdown: string): string =>
  markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/`` ?(.*?) ?``|`([^`]*)`/g, '$1$2');
