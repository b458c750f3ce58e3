import { expect, test } from '@jest/globals';
import { commandsOf, usageOf } from '../../../src/cli/commands.js';
import { manual } from '../../../src/cli/manual.js';
import { createProgram } from '../../../src/cli.js';
import { optionFlags } from '../../../src/config/docs/flags.js';
import { wrapped } from '../../../src/report/format.js';

/** The help of a command at a width; the program's own without a name. */
function help(name: string | undefined, width: number): string {
  const program = createProgram();
  const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
  command?.configureOutput({ getOutHelpWidth: () => width });
  return command?.helpInformation() ?? '';
}

const commands = commandsOf(createProgram());
const plain = (text: string): string => text.replaceAll(/\[([^\]]*)\]\(.*?\)/g, '$1').replaceAll('`', '');
const joined = (text: string): string => text.split(/\s+/).join(' ');

test.each([undefined, ...commands.map(({ name }) => name)])('%s --help fits and cuts no word', (name) => {
  for (const width of [80, 120, 300]) {
    const text = help(name, width);
    const long = text.split('\n').filter((line) => line.length > Math.min(width, 100));
    // A single word, such as the form of a value, cannot be broken.
    expect(
      long.filter((line) =>
        line
          .trim()
          .replace(/^--\S+ /, '')
          .includes(' '),
      ),
    ).toEqual([]);
    for (const { description, sections } of commands.filter((one) => one.name === name)) {
      expect(joined(text)).toContain(joined(plain(description)));
      for (const flag of sections.flatMap(({ flags }) => flags)) {
        expect(text).toContain(`\n  ${usageOf(flag)}\n`);
        expect(joined(text)).toContain(joined(plain(flag.description)));
      }
    }
  }
});

test('the flags of a build are grouped as in the documentation, and have examples', () => {
  const build = commands.find(({ name }) => name === 'build');
  expect(build?.sections.map(({ title }) => title)).toEqual([
    'Access',
    'Source',
    'Root volume',
    'Mount',
    'Provisioning',
    'The OMI',
    'Regions and export',
    'Quality',
    'Boot test',
    'Running',
    'Output',
  ]);
  expect(help('build', 80)).toMatch(
    /^Usage: build-omi build \[FLAGS\]\n\nBuild an OMI\.\n\nExamples\n {2}build-omi build /,
  );
  expect(commands.filter(({ examples }) => examples.length === 0)).toEqual([]);
});

test('the flags of all examples exist', () => {
  for (const { name, sections, examples } of commands) {
    const known = sections.flatMap(({ flags }) => flags.map((flag) => flag.name));
    for (const example of examples)
      for (const flag of example.match(/--[\w-]+/g) ?? []) expect([name, ...known]).toContain(flag);
  }
});

test('every option is a flag, and a boolean needs no value', () => {
  const build = commands.find(({ name }) => name === 'build');
  const flags = new Map(build?.sections.flatMap((section) => section.flags).map((flag) => [flag.name, flag]));
  for (const { name, placeholder } of optionFlags('build'))
    expect(flags.get(`--${name}`)).toMatchObject({
      value: placeholder,
      isOptional: placeholder === 'true|false',
    });
});

test('the reference has every command and flag', () => {
  const text = manual(commands);
  for (const { name, sections } of commands) {
    expect(text).toContain(`### ${name}\n`);
    for (const flag of sections.flatMap(({ flags }) => flags))
      expect(text).toContain(`| \`${usageOf(flag).replaceAll('|', '\\|')}\` | `);
  }
});

test('lines break at spaces, with indentation and a mark', () => {
  expect(wrapped('  one two three four', 10, 4, ' \\')).toBe('  one \\\n    two \\\n    three \\\n    four');
  expect(wrapped('word', 2)).toBe('word');
});

test.each(commands.map(({ name }) => name))(
  '%s has its flags when it is the command to run, and others have none',
  (name) => {
    const found = commandsOf(createProgram(name));
    expect(found.find((one) => one.name === name)).toEqual(commands.find((one) => one.name === name));
    const many = found.filter((one) => one.name !== name && one.sections.length > 2).map((one) => one.name);
    expect(['help', 'completion'].includes(name) ? [] : many).toEqual([]);
  },
);
