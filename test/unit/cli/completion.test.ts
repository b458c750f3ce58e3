import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { commandsOf } from '../../../src/cli/commands.js';
import { completionScript, shells } from '../../../src/cli/completion.js';
import { createProgram } from '../../../src/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'completion-'));
afterAll(() => rmSync(folder, { recursive: true }));
const commands = commandsOf(createProgram());

const run = (program: string, ...args: string[]): string[] =>
  execFileSync(program, args, {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  })
    .split('\n')
    .filter(Boolean);

const quoted = (line: readonly string[]): string => line.map((word) => `'${word}'`).join(' ');

/** The array of zshcompwid(1). */
const zshWords = 'words';

/** What each shell offers for the last word. zsh completes only on a terminal, so stubs print it. */
const offers: Record<(typeof shells)[number], (script: string, line: readonly string[]) => string[]> = {
  bash: (script, line) =>
    run(
      'bash',
      '-c',
      `. ${script}; COMP_WORDS=(${quoted(line)}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _build_omi; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ),
  zsh: (script, line) =>
    run(
      'zsh',
      '-f',
      '-c',
      `compdef() { :; }; _files() { print -l -- *; }; compadd() { shift; print -l -- $@; }; . ${script}; ${zshWords}=(${quoted(line)}); CURRENT=$#${zshWords}; _build_omi`,
    ).filter((word) => word.startsWith(line.at(-1) ?? '')),
  fish: (script, line) =>
    run('fish', '--no-config', '-c', `source ${script}; complete -C ${quoted([line.join(' ')])}`).map(
      (one) => one.split('\t')[0] ?? '',
    ),
};

describe.each(shells)('completion in %s', (shell) => {
  const script = join(folder, shell);
  writeFileSync(script, completionScript(shell, commands));
  const offered = (...line: string[]): string[] => offers[shell](script, ['build-omi', ...line]).toSorted();

  test('commands', () => {
    expect(offered('b')).toEqual(['build']);
    expect(offered('')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
  });

  test('flags of the command, and of no other', () => {
    expect(offered('build', '--omi-n')).toEqual(['--omi-name']);
    expect(offered('sweep', '--omi-n')).toEqual([]);
    const all = commands.find(({ name }) => name === 'mount')?.sections.flatMap(({ flags }) => flags) ?? [];
    expect(offered('mount', '--')).toEqual(expect.arrayContaining(all.map(({ name }) => name)));
  });

  test('values, files and shells', () => {
    expect(offered('build', '--on-failure', '')).toEqual(['cleanup', 'keep']);
    expect(offered('build', '--x509-cert-path', shell.slice(0, 2))).toEqual([shell]);
    expect(offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']));
  });
});
