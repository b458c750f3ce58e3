import { type CommandEntry, usageOf } from './commands.js';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The reference of all commands, in Markdown. */
export const manual = (commands: readonly CommandEntry[]): string => commands.map(page).join('\n\n');

function page({ name, description, sections, examples }: CommandEntry): string {
  return [
    `### ${name}`,
    description,
    `\`\`\`text\n${[`build-omi ${name} [FLAGS]`, ...examples.map((one) => `build-omi ${one}`)].join('\n')}\n\`\`\``,
    ...sections.map(({ title, flags }) =>
      [
        `| ${title} | |`,
        '| --- | --- |',
        ...flags.map((flag) => `| \`${cell(usageOf(flag))}\` | ${cell(flag.description)} |`),
      ].join('\n'),
    ),
  ].join('\n\n');
}
