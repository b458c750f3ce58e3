import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sourceFiles } from '../support/sources.js';

const page = readFileSync('docs/guides/troubleshooting.md', 'utf8');

/** The files that write messages, without the quotes of strings that are divided between lines. */
const sources = sourceFiles('src/**/*.ts', 'scripts/build.mjs').map(({ text }) =>
  text
    .replaceAll(/'\s*\+\s*'|`\s*\+\s*`/g, '')
    .replaceAll("\\'", "'")
    .replaceAll("' + process", '…'),
);

/** The messages in the first column of the tables of a section. */
function messagesIn(section: string): string[] {
  const rows = section.split('\n').filter((line) => /^\| (?!---|Problem )/.test(line));
  return rows
    .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, message = '']) => message)
    .filter((message) => message.includes(' '));
}

/**
 * The parts of a message that do not change: without the name of the option at its start, numbers, and what
 * `…` stands for.
 */
const fixedParts = (message: string): string[] =>
  message
    .replace(/^[a-z_]+: /, '')
    .replaceAll(/\b(\d+|DATE)\b/g, '…')
    .split('…')
    .map((part) => part.trim())
    .filter((part) => part.length > 2);

const isWritten = (message: string): boolean =>
  sources.some((text) => fixedParts(message).every((part) => text.includes(part)));

const problems = page.slice(page.indexOf('## Problems'), page.indexOf('## Commands that hang'));

test('each message of the troubleshooting page is one that the program writes', () => {
  const messages = messagesIn(problems);
  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter((message) => !isWritten(message))).toEqual([]);
});

test('a message that no source has is found', () => {
  expect(isWritten('omi_name: this account already has an OMI called …')).toBe(false);
});

test('the output of a failed script is shown as it is', () => {
  const golden = readFileSync('test/golden/script-fails/file-80.txt', 'utf8');
  const sample = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(golden.replace('--- stderr ---\n', '')).toContain(sample);
});
