import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { exec } from '../../../../src/host/exec/exec.js';
import { which } from '../../../../src/host/exec/programs.js';
import { hintOfExitCode, lineOfMessage } from '../../../../src/host/script/failure.js';

const work = mkdtempSync(join(tmpdir(), 'failure-'));
afterAll(() => rmSync(work, { recursive: true }));
writeFileSync(join(work, 'plain'), 'text', { mode: 0o644 });
writeFileSync(join(work, 'old'), '#!/no/such/perl\n', { mode: 0o755 });

const shells = [['bash'], ['dash'], ['busybox', 'sh']].filter(([program = '']) => which(program));

test('there is a shell to test with', () => {
  expect(shells.length).toBeGreaterThan(0);
});

test.each(
  shells.flatMap((shell) =>
    (
      [
        ['no-such-program --flag', /^Line 3 of a\.sh: the image has no program no-such-program in PATH\. /],
        [`${work}/missing`, /^Line 3 of a\.sh: the image does not have \S+\/missing, or its interpreter\.$/],
        [`${work}/plain`, /^Line 3 of a\.sh: \S+\/plain is not executable\. .*chmod \+x\.$/],
        [
          `${work}/old`,
          /^Line 3 of a\.sh: the image does not have (the interpreter of )?\S+\/old(, or its interpreter)?\.$/,
        ],
      ] as const
    ).map(([command, hint]) => [shell.join(' '), command, hint] as const),
  ),
)('%s: the hint for %s names the line and the reason', async (shell, command, hint) => {
  const path = join(work, 'a.sh');
  writeFileSync(path, `true\n\n${command}\n`);
  const [program = '', ...rest] = shell.split(' ');
  const { code, stderr } = await exec([program, ...rest, '-e', path], { answers: [126, 127] });
  const last = stderr.trimEnd().replaceAll(path, 'a.sh').split('\n');
  expect(hintOfExitCode(code, last, 'a.sh')).toMatch(hint);
  expect(lineOfMessage([...last, 'b.sh: 7: x: not found', 'end'], 'a.sh')).toBe(3);
});

test('without a message of a shell, the hint explains the exit code', () => {
  expect(hintOfExitCode(127, [], 'a.sh')).toMatch(/^Exit code 127 means that a command was not found/);
  expect(hintOfExitCode(126, ['any output'], 'a.sh')).toMatch(/^Exit code 126 means/);
  expect(hintOfExitCode(127, ['a.sh: No such file or directory'], 'a.sh')).toMatch(
    /interpreter of the script/,
  );
});

test('a program for another architecture', () => {
  const last = ['a.sh: line 7: ./tool: cannot execute binary file: Exec format error'];
  const hint = 'Line 7 of a.sh: ./tool is not a program for the architecture of this VM.';
  expect(hintOfExitCode(126, last, 'a.sh')).toBe(hint);
});

test.each([0, 1, 2, 125, 128, 255, null])('exit code %s has no such hint', (code) => {
  expect(hintOfExitCode(code, ['a.sh: line 1: x: command not found'], 'a.sh')).toBeUndefined();
});
