import { expect, test } from '@jest/globals';
import { programOf } from '../../../../src/commands/shell/program.js';
import { ImageTree } from '../../../../src/host/image/image-fs.js';

/** An image whose executable files are these. */
function imageWith(...files: readonly string[]): Pick<ImageTree, 'stat'> {
  const program = new ImageTree('/').stat('/bin/sh');
  return { stat: (path) => (files.includes(path) ? program : undefined) };
}

const [both, small] = [imageWith('/bin/bash', '/bin/sh'), imageWith('/bin/sh')];

test.each([
  ['a command', ['id', '-u'], true, both, undefined, 'id -u'],
  ['a terminal', [], true, both, undefined, 'bash --noprofile --norc -i'],
  ['a terminal, with the option shell', [], true, both, 'python3', 'bash --noprofile --norc -i'],
  ['a terminal, in an image without bash', [], true, small, undefined, 'sh -i'],
  ['a pipe', [], false, both, undefined, 'bash -eo pipefail'],
  ['a pipe, in an image without bash', [], false, small, undefined, 'sh -e'],
  ['a pipe, with the option shell', [], false, small, 'bash  -eux', 'bash -eux'],
] as const)('the program for %s', (...[, command, isInteractive, tree, shell, expected]) => {
  expect(programOf({ command, caller: { isInteractive }, shell, tree }).join(' ')).toBe(expected);
});

test('an image without a shell needs a command', () => {
  const none = { caller: { isInteractive: true }, shell: undefined, tree: imageWith() };
  expect(() => programOf({ ...none, command: [] })).toThrow('the image has no shell');
  expect(programOf({ ...none, command: ['/init'] })).toEqual(['/init']);
});
