import { expect, test } from '@jest/globals';
import { filesOf, isLong, machineWideIn, readsAnswers, whyAlone, whyOnce } from '../support/test-files.js';

const files = ['e2e', 'privileged'].flatMap((folder) => filesOf(folder));

test('a test file that reads or changes what the machine has once runs alone', () => {
  const misplaced = files
    .filter(({ text }) => whyAlone(text) === undefined)
    .map(({ path, text }) => ({ path, things: machineWideIn(text) }))
    .filter(({ things }) => things.length > 0);
  expect(misplaced).toEqual([]);
});

test('@alone stands in the first comment of a file, with the reason', () => {
  for (const { path, text } of files)
    if (text.includes('@alone'))
      expect([path, whyAlone(text)]).toEqual([path, expect.stringMatching(/\w+ \w+/)]);
});

test.each([
  ['swap', "readFileSync('/proc/swaps', 'utf8')"],
  ['control groups', 'mount -t cgroup2 x /tmp'],
  ['network configuration', 'busybox ip address add 192.0.2.77/32 dev lo'],
  ['mounts that do not answer', "openSync('/dev/fuse', 'r+')"],
  ['mounts in the namespace of the machine', "await exec(['mount', image, place]);"],
  ['mounts in the namespace of the machine', "await using halves = await mounted(cloud, 'held');"],
  ['names in /dev', "const [name] = freeNames(localNames());\nsymlinkSync('nowhere', name);"],
])('%s is known by its text', (thing, text) => {
  expect(machineWideIn(text)).toEqual([thing]);
});

test.each([
  ['/** @alone It takes names. */\nimport x from 1;', 'It takes names.'],
  ['/**\n * @alone It takes\n * names.\n */', 'It takes\n * names.'],
  ['/** Nothing. */\n/** @alone It takes names. */', undefined],
  ['import x from 1;\n/** @alone It takes names. */', undefined],
  ['/**\n * @alone It takes names.\n * @once It tests names.\n */', 'It takes names.'],
])('%j: alone because of %j', (text, why) => {
  expect(whyAlone(text)).toBe(why);
});

test('@long stands in the first comment of a file too', () => {
  expect(isLong('/** @long It makes many. */\nimport x from 1;')).toBe(true);
  expect(isLong('/** It makes @longer ones. */')).toBe(false);
  for (const { path, text } of files) expect([path, text.includes('@long')]).toEqual([path, isLong(text)]);
});

test('@once stands in the first comment of a file, with the reason, and only where it exempts the file', () => {
  const mark = /^ ?\/?\*\*? @once [^\n]*\n/m;
  for (const { path, text } of files)
    if (text.includes('@once')) {
      expect([path, whyOnce(text)]).toEqual([path, expect.stringMatching(/\w+ \w+/)]);
      expect([path, readsAnswers(text.replace(mark, '/**\n'))]).toEqual([path, true]);
    }
});

test('a test that looks at the API, or at what is left of a build, runs against minimal answers too', () => {
  const cloud = 'const cloud = await startCloud();\n';
  for (const line of [
    'cloud.fail([]);',
    'await cloud.api.call()',
    "child.kill('SIGINT')",
    'await mounted(cloud)',
  ])
    expect(readsAnswers(cloud + line)).toBe(true);
  expect(readsAnswers(`${cloud}expect(await cloud.resources()).toEqual(before);`)).toBe(false);
});
