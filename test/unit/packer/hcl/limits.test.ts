import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ConfigError } from '../../../../src/config/kit/issues.js';
import { configOf, issuesOf } from '../../config/reading.js';
import { templateWith, workspaceWith } from './reading.js';

const none = { 'source-omi': '', 'omi-name': '' };

/** The problems of a template, read from a file. */
const problems = async (text: string): Promise<string[]> =>
  await issuesOf({ ...none, config: 'x.pkr.hcl' }, workspaceWith({ 'x.pkr.hcl': text }));

const doubling = (first: string, next: (name: string) => string): string =>
  `locals {\n  a0 = ${first}\n${Array.from({ length: 40 }, (_, index) => `  a${index + 1} = ${next(`local.a${index}`)}`).join('\n')}\n}`;

const nested = (count: number, open: string, close: string, inner: string): string =>
  `locals {\n  a = ${open.repeat(count)}${inner}${close.repeat(count)}\n}`;

const hostile: readonly (readonly [title: string, more: () => string, problem: string])[] = [
  [
    'a range of a billion',
    () => 'locals {\n  a = [for x in range(0, 1000000000) : x]\n}',
    'makes more than 1024 numbers',
  ],
  [
    'loops in loops',
    () =>
      'locals {\n  r = range(0, 1000)\n  a = [for x in local.r : [for y in local.r : [for z in local.r : x]]]\n}',
    'needs more than 2000000 steps',
  ],
  [
    'a heredoc of 50 MB',
    () => `locals {\n  a = <<EOT\n${'x'.repeat(50_000_000)}\nEOT\n}`,
    'has more than 1000000 bytes',
  ],
  ['10,000 brackets', () => nested(10_000, '[', ']', ''), 'is nested more than 150 levels deep'],
  ['10,000 braces', () => nested(10_000, '{ a = ', '}', '1'), 'is nested more than 150 levels deep'],
  ['10,000 parentheses', () => nested(10_000, '(', ')', '1'), 'is nested more than 150 levels deep'],
  ['10,000 signs', () => nested(10_000, '-', '', '1'), 'is nested more than'],
  ['10,000 operators', () => nested(10_000, '1 + ', '', '1'), 'is nested more than'],
  ['10,000 attributes', () => nested(10_000, '', '.b', 'var.a'), 'is nested more than'],
  ['10,000 conditions', () => nested(10_000, 'true ? 1 : ', '', '1'), 'is nested more than'],
  ['10,000 open brackets', () => nested(10_000, '[', '', ''), 'has a syntax error'],
  [
    '10,000 blocks',
    () => 'a {\n'.repeat(10_000) + '}\n'.repeat(10_000),
    'is nested more than 150 levels deep',
  ],
  ['10,000 interpolations', () => nested(10_000, `"\${`, '}"', '1'), 'has a syntax error'],
  [
    'a text that doubles 40 times',
    () => doubling('"x"', (name) => `"\${${name}}\${${name}}"`),
    'of more than 4000000 characters',
  ],
  [
    'a list that doubles 40 times',
    () => doubling('["x"]', (name) => `concat(${name}, ${name})`),
    'of more than 4000000 characters',
  ],
  [
    'a tree that doubles 40 times',
    () => doubling('"x"', (name) => `[${name}, ${name}]`),
    'of more than 4000000 characters',
  ],
  [
    'a map that doubles 40 times',
    () => doubling('"x"', (name) => `{ a = ${name}, b = ${name} }`),
    'of more than 4000000 characters',
  ],
  [
    'a number that doubles 40 times',
    () => doubling('2', (name) => `${name} * ${name}`),
    'more than 512 bits',
  ],
  [
    'a text that is replaced by itself 40 times',
    () => doubling('"xx"', (name) => `replace(${name}, "x", ${name})`),
    'of more than 4000000 characters',
  ],
  [
    'locals that use each other',
    () =>
      `locals {\n${Array.from({ length: 5000 }, (_, index) => `  a${index} = local.a${index + 1}`).join('\n')}\n  a5000 = 1\n}`,
    'is nested more than',
  ],
  [
    'a value that is nested by locals',
    () =>
      `locals {\n  a0 = []\n${Array.from({ length: 5000 }, (_, index) => `  a${index + 1} = [local.a${index}]`).join('\n')}\n}`,
    'makes a value of more than 150 levels',
  ],
  ['a wide format', () => 'locals {\n  a = format("%1000000000d", 1)\n}', 'has a width or precision'],
  [
    'a deep indentation',
    () => 'locals {\n  a = indent(1000000000, "a\\nb")\n}',
    'of more than 4000000 characters',
  ],
  [
    'an expression that backtracks',
    () =>
      'locals {\n  a = [for x in range(0, 1000) : try(regex("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), 1)]\n}',
    'searches for more than 500 ms',
  ],
];

test.each(hostile.map(([title, more, problem]) => ({ title, more, problem })))(
  '$title ends in an error within 10 s and 200 MB',
  async ({ more, problem }) => {
    const text = templateWith(more());
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const lines = await problems(text);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(200);
    expect(lines).not.toEqual([]);
    expect(lines[0]).toContain(problem);
  },
);

const whole = templateWith(
  `variable "a" {
  type    = list(string)
  default = ["x", "y"]
}
locals {
  b = { for k, v in var.a : v => "\${k}-%{ if true ~} yes %{ endif }" }
  c = <<-EOT
    text \${local.b["x"]}
      # more
  EOT
}`,
  '  dynamic "tag" {\n    for_each = local.b\n    content {\n      key = tag.key\n      value = tag.value\n    }\n  }',
  '  provisioner "shell" {\n    inline = [local.c, "a ? b : \\"c\\""]\n  }',
);

/** Reads a text as a template; any error but one of the configuration fails. */
async function readSafely(text: string): Promise<void> {
  try {
    await configOf({ ...none, config: 'x.pkr.hcl' }, workspaceWith({ 'x.pkr.hcl': text }));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
  }
}

test('the template of these tests is valid', async () => {
  expect(await problems(whole)).toEqual([]);
});

test('a template that is cut anywhere never fails otherwise than with an error of the configuration', async () => {
  for (let length = 0; length < whole.length; length += 3) await readSafely(whole.slice(0, length));
}, 60_000);

test('random texts, and random changes, never fail otherwise than with an error of the configuration', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), readSafely), {
    numRuns: 200,
  });
  const part = fc.constantFrom(
    '"',
    '${',
    '}',
    '{',
    '[',
    ']',
    '(',
    ')',
    '%{',
    '<<EOT\n',
    '\n',
    '=',
    '?',
    '\\',
    '\0',
    '~',
    '...',
    'for',
    '/*',
    '#',
    '\ud800',
  );
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length }), fc.nat({ max: 10 }), part, async (at, removed, added) => {
      await readSafely(whole.slice(0, at) + added + whole.slice(at + removed));
    }),
    { numRuns: 400 },
  );
}, 60_000);
