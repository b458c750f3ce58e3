import { Budget } from '../../../../src/packer/hcl/evaluate/budget.js';
import { evaluate } from '../../../../src/packer/hcl/evaluate/evaluate.js';
import { namespaceOf, type Scope } from '../../../../src/packer/hcl/evaluate/scope.js';
import { loadParser } from '../../../../src/packer/hcl/parser/load.js';
import { parseExpression } from '../../../../src/packer/hcl/parser/parse.js';
import { fail } from '../../../../src/packer/hcl/problem.js';
import { Dictionary, type Hcl, List, Unknown } from '../../../../src/packer/hcl/values/value.js';

const loaded = await loadParser();

/** A scope at the time 2026-01-02T03:04:05Z, with these variables and files. */
export const scopeWith = (
  variables: Readonly<Record<string, Hcl>> = {},
  files: Readonly<Record<string, string>> = {},
): Scope => ({
  setting: {
    startedAt: new Date('2026-01-02T03:04:05Z'),
    environment: { HOME: '/home/user', REGION: 'eu-west-2' },
    workspace: '/workspace',
    files: {
      exists: (path) => path in files,
      read: (path) => files[path] ?? fail(`reads ${path}, which is not a file`, 'correct the path'),
    },
    budget: new Budget(),
    loaded,
    notice: () => {},
    readsData: false,
  },
  namespaces: new Map([['var', namespaceOf(new Map(Object.entries(variables)))]]),
  locals: new Map(),
  refused: new Map(),
});

/** A value as JavaScript data; an integer as a number if it is exact. */
function plain(value: Hcl): unknown {
  if (value instanceof List) return value.items.map(plain);
  if (value instanceof Dictionary)
    return Object.fromEntries([...value.entries].map(([key, one]) => [key, plain(one)]));
  if (value instanceof Unknown) return `unknown ${value.type}`;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** The value of an expression. */
export const valueOfText = (text: string, scope: Scope = scopeWith()): unknown =>
  plain(evaluate(parseExpression(loaded, text, 'test'), scope));
