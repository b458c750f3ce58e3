import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Unknown } from '../../../../src/packer/hcl/values/value.js';
import { scopeWith, valueOfText } from './evaluating.js';

/** An expression, and its value as JavaScript calculates it. */
interface Folded {
  readonly text: string;
  readonly value: unknown;
}

const shown = (value: unknown): string => String(value);

/** Random expressions: each is made together with its value, which JavaScript calculates. */
const {
  number: numbers,
  boolean: booleans,
  string: texts,
} = fc.letrec<{ number: Folded; boolean: Folded; string: Folded }>((tie) => {
  const [number, boolean, string] = [tie('number'), tie('boolean'), tie('string')];
  const integer = fc
    .integer({ min: 0, max: 1_000_000 })
    .map((value): Folded => ({ text: String(value), value: BigInt(value) }));
  const arithmetic = fc
    .tuple(fc.constantFrom('+', '-', '*'), number, number)
    .map(([operator, a, b]): Folded => {
      const [one, other] = [BigInt(shown(a.value)), BigInt(shown(b.value))];
      const value = operator === '+' ? one + other : operator === '-' ? one - other : one * other;
      return { text: `(${a.text} ${operator} ${b.text})`, value };
    });
  const negative = number.map((of): Folded => ({ text: `-(${of.text})`, value: -BigInt(shown(of.value)) }));
  const choice = (of: fc.Arbitrary<Folded>): fc.Arbitrary<Folded> =>
    fc.tuple(boolean, of, of).map(
      ([condition, a, b]): Folded => ({
        text: `(${condition.text} ? ${a.text} : ${b.text})`,
        value: condition.value === true ? a.value : b.value,
      }),
    );
  const literal = fc
    .string({ unit: 'binary', maxLength: 8 })
    .filter((value) => !value.includes('\0'))
    .map((value): Folded => ({ text: quoted(value), value }));
  const concatenated = fc
    .array(fc.oneof(literal, string, number, boolean), { minLength: 2, maxLength: 4 })
    .map(
      (parts): Folded => ({
        text: `"${parts.map(({ text }) => `\${${text}}`).join('')}"`,
        value: parts.map(({ value }) => shown(value)).join(''),
      }),
    );
  const directive = fc.tuple(boolean, string, string).map(
    ([condition, a, b]): Folded => ({
      text: `"<%{ if ${condition.text} }\${${a.text}}%{ else }\${${b.text}}%{ endif }>"`,
      value: `<${condition.value === true ? shown(a.value) : shown(b.value)}>`,
    }),
  );
  const loop = fc.array(string, { maxLength: 3 }).map(
    (items): Folded => ({
      text: `"%{ for x in [${items.map(({ text }) => text).join(', ')}] }[\${x}]%{ endfor }."`,
      value: `${items.map(({ value }) => `[${shown(value)}]`).join('')}.`,
    }),
  );
  const comparison = fc
    .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), number, number)
    .map(([operator, a, b]): Folded => {
      const [one, other] = [BigInt(shown(a.value)), BigInt(shown(b.value))];
      const results = { '<': one < other, '<=': one <= other, '>': one > other, '>=': one >= other };
      const isEqual = one === other;
      const value = operator === '==' ? isEqual : operator === '!=' ? !isEqual : results[operator];
      return { text: `(${a.text} ${operator} ${b.text})`, value };
    });
  const logic = fc.tuple(fc.constantFrom('&&', '||'), boolean, boolean).map(
    ([operator, a, b]): Folded => ({
      text: `(${a.text} ${operator} ${b.text})`,
      value: operator === '&&' ? a.value === true && b.value === true : a.value === true || b.value === true,
    }),
  );
  const depth = { depthSize: 'small', withCrossShrink: true } as const;
  return {
    number: fc.oneof({ ...depth, maxDepth: 4 }, integer, arithmetic, negative, choice(number)),
    boolean: fc.oneof(
      { ...depth, maxDepth: 4 },
      fc.boolean().map((value): Folded => ({ text: String(value), value })),
      comparison,
      logic,
      boolean.map((of): Folded => ({ text: `!${of.text}`, value: of.value !== true })),
      choice(boolean),
    ),
    string: fc.oneof({ ...depth, maxDepth: 4 }, literal, concatenated, directive, loop, choice(string)),
  };
});

/** A text of HCL: every mark and line break is escaped. */
const quoted = (value: string): string =>
  `"${value
    .replaceAll(/[\\"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll(/[$%]\{/g, (mark) => `${mark.slice(0, 1)}${mark}`)}"`;

test.each([
  ['numbers', numbers],
  ['booleans', booleans],
  ['texts', texts],
])('random %s have the value that JavaScript calculates', (_, expressions) => {
  fc.assert(
    fc.property(expressions, ({ text, value }) => {
      const found = valueOfText(text);
      expect(typeof found === 'number' ? BigInt(found) : found).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['1 + 2 * 3 - 4 / 2', 5],
  ['7 % 4', 3],
  ['-7 % 4', -3],
  ['7 / 2', 3.5],
  ['0.1 + 0.2', 0.3],
  ['10 / 4 == 2.5', true],
  ['9007199254740993 + 0', 9007199254740993n],
  ['340282366920938463463374607431768211456 * 2', 680564733841876926926749214863536422912n],
  ['"5" + 1', 6],
  ['"5" == 5', false],
  ['null == null', true],
  ['[1, "a"] == [1, "a"]', true],
  ['true ? 1 : "a"', '1'],
  ['false ? 1 : true ? 2 : 3', 2],
  ['true ? 1 : false ? 2 : 3', 1],
  ['false ? 1 : false ? 2 : false ? 3 : 4', 4],
  ['(true ? false : true) ? 1 : 2', 2],
  ['!true || true', true],
  ['-2 + 3', 1],
  ['1 < 2 && 2 < 3 == true', true],
  ['{ a = 1, "b" : 2, (upper("c")) = 3 }', { a: 1, b: 2, C: 3 }],
  ['{ a = [1, { b = "x" }] }.a[1].b', 'x'],
  ['[{ a = 1 }, { a = 2 }][*].a', [1, 2]],
  ['[{ a = 1 }, { a = 2 }].*.a', [1, 2]],
  ['[{ a = [1] }, { a = [2] }].*.a[1]', [2]],
  ['[{ a = [1] }, { a = [2] }][*].a[0]', [1, 2]],
  ['{ a = 1 }[*].a', [1]],
  ['[for x in [1, 2, 3] : x * 2 if x != 2]', [2, 6]],
  [`[for k, v in { b = 2, a = 1 } : "\${k}\${v}"]`, ['a1', 'b2']],
  ['[for i, v in ["x", "y"] : i]', [0, 1]],
  ['{ for k, v in { a = 1, b = 2 } : v => k }', { 1: 'a', 2: 'b' }],
  ['{ for x in ["ab", "ac", "b"] : substr(x, 0, 1) => x... }', { a: ['ab', 'ac'], b: ['b'] }],
  ['"\\u00e9\\U0001F600\\t\\\\"', 'é😀\t\\'],
  [`"$\${x} %%{ if }"`, `\${x} %{ if }`],
  [`"\${"nested \${1 + 1}"}"`, 'nested 2'],
  [`"\${[1, 2]}"`, [1, 2]],
  [`"a \${~ " b " ~} c"`, 'a b c'],
  [`<<EOT\n# not a comment\n  a \${1}\n\nEOT\n`, '# not a comment\n  a 1\n\n'],
  ['<<-EOT\n    a\n      b\n\n    c\n  EOT\n', 'a\n  b\n\nc\n'],
  ['<<EOT\nEOT\n', ''],
  ['<<EOT\n\\n $HOME "q" %% $$\nEOT\n', '\\n $HOME "q" %% $$\n'],
  [`<<EOT\n%{ for x in [1, 2] ~}\n\${x}\n%{ endfor ~}\nEOT\n`, '1\n2\n'],
])('%s', (text, value) => {
  expect(valueOfText(text)).toEqual(value);
});

test.each([
  ['1 / 0', 'divides by zero'],
  ['[1][1]', 'asks for item 1 of a list of 1'],
  ['{ a = 1 }.b', 'asks for the attribute b, which does not exist'],
  [`"a\${null}"`, 'needs a text, and has null'],
  ['"a" + 1', 'needs a number, and has a text'],
  ['true ? [] : "a"', 'chooses between a list and a text'],
  ['{ for x in ["a", "a"] : x => x }', 'has the key a twice'],
  ['nope', 'uses nope, which is not declared'],
  ['packer.version', 'uses packer.version, which is not declared'],
  ['for', 'uses for, which is not declared'],
])('%s fails: %s', (text, problem) => {
  expect(() => valueOfText(text)).toThrow(problem);
});

test.each([
  ['var.u', 'unknown text'],
  [`"x\${var.u}"`, 'unknown text'],
  ['upper(var.u)', 'unknown text'],
  ['length(var.u)', 'unknown number'],
  ['var.u == "a"', 'unknown boolean'],
  ['var.u == "a" ? 1 : 2', 'unknown number'],
  ['[for x in var.u : x]', 'unknown any'],
  ['{ a = var.u }.a', 'unknown text'],
  ['[1, var.u][0]', 1],
  ['split(",", var.u)', 'unknown any'],
  ['try(var.u.x, "b")', 'unknown text'],
])('%s of an unknown value is %s', (text, value) => {
  expect(valueOfText(text, scopeWith({ u: new Unknown('text') }))).toEqual(value);
});
