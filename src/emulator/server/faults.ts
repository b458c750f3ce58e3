import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';

/**
 * `throttle`: one of the three throttling answers, in turn; `refuse`: the refusal that the rule describes, a final 400
 * unless it says otherwise; `server-error`: 500;
 * `drop-before`: the connection is cut and nothing was done; `drop-after`: the work is done, the answer is lost;
 * `hang`: nothing is done and no answer comes; `garbage`: the work is done, and the answer is none, see garbage.ts;
 * `slow`: the work is done, and the answer comes after `delay` milliseconds;
 * `late`: the work is done after `delay` milliseconds, and answered then,
 * also where the client has gone by that time; `lag`: the answer shows what there was `delay` milliseconds ago.
 */
const kinds = [
  'throttle',
  'refuse',
  'server-error',
  'drop-before',
  'drop-after',
  'hang',
  'garbage',
  'slow',
  'late',
  'lag',
] as const;
type FaultKind = (typeof kinds)[number];

/** One line of the list of faults, a JSON file. */
export interface FaultRule {
  /** The call's name, or `*` for every call. */
  readonly operation: string;
  readonly fault: FaultKind;
  /** How often it strikes: once if there is no `rate`, else without end. */
  readonly times?: number;
  /** How many matching calls it lets pass first. */
  readonly skip?: number;
  /** Count a call that repeats the one before it as the same: then the polls of one wait are one call. */
  readonly distinct?: boolean;
  /** Share of the matching calls that it strikes, from 0 to 1; which ones depends on `seed` alone. */
  readonly rate?: number;
  readonly seed?: number;
  /** Milliseconds, for `late`, `lag` and `slow`; 60 s for `slow` unless given. */
  readonly delay?: number;
  /** Of `refuse`: the HTTP status, 400 unless given. */
  readonly status?: number;
  /** Of `refuse`: what the error says; `0`, `DefaultError` and a text of ours unless given. */
  readonly code?: string;
  readonly type?: string;
  readonly details?: string;
  /** Of `refuse`: answer `application/problem+json` (RFC 9457), with `type` as its title and `details` as its detail. */
  readonly problem?: boolean;
}

/** A fault to play, and how often its rule has struck before. */
export interface Strike {
  readonly fault: FaultKind;
  readonly before: number;
  readonly rule: FaultRule;
}

/** Decides for one call after the other; the first rule that strikes wins. */
export class FaultList {
  #last = '';
  readonly #rules: { rule: FaultRule; seen: number; struck: number }[];

  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules.map((rule) => ({ rule, seen: 0, struck: 0 }));
  }

  /** @param body what the call was asked with */
  strike(operation: string, body = ''): Strike | undefined {
    const call = `${operation} ${body}`;
    const isRepeated = call === this.#last;
    this.#last = call;
    let strikes: Strike | undefined;
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.operation !== '*' && rule.operation !== operation) continue;
      if (!isRepeated || !rule.distinct) entry.seen += 1;
      const turn = entry.seen - 1 - (rule.skip ?? 0);
      const most = rule.times ?? (rule.rate === undefined ? 1 : Number.POSITIVE_INFINITY);
      if (strikes !== undefined || turn < 0 || entry.struck >= most) continue;
      if (rule.rate !== undefined && chance(rule.seed ?? 1, turn) >= rule.rate) continue;
      strikes = { fault: rule.fault, before: entry.struck++, rule };
    }
    return strikes;
  }
}

/** The list in a file, read again when its text changes; the counts of an unchanged one go on. */
export class FaultFile {
  #text = '[]';
  #list = new FaultList([]);

  constructor(private readonly path: string | undefined) {}

  /** @throws BuildError when the file is no list of rules */
  strike(operation: string, body?: string): Strike | undefined {
    if (this.path === undefined) return undefined;
    const text = readIfThere(this.path);
    if (text !== this.#text) {
      this.#list = new FaultList(parseRules(text));
      this.#text = text;
    }
    return this.#list.strike(operation, body);
  }
}

/** @throws BuildError when the text is no JSON list of rules */
export function parseRules(text: string): FaultRule[] {
  const rules: unknown = JSON.parse(text);
  if (!Array.isArray(rules) || !rules.every(isRule))
    throw new BuildError(
      'The list of faults is not a list of {operation, fault, times, skip, distinct, rate, seed, status, code, type, details, problem, delay}',
    );
  return rules;
}

const isRule = (value: unknown): value is FaultRule =>
  typeof value === 'object' &&
  value !== null &&
  'operation' in value &&
  typeof value.operation === 'string' &&
  'fault' in value &&
  kinds.some((kind) => kind === value.fault) &&
  Object.entries(fieldTypes).every(([type, names]) =>
    names.every((name) => [type, 'undefined'].includes(typeof fieldOf(value, name))),
  );

const fieldTypes = {
  boolean: ['distinct', 'problem'],
  number: ['times', 'skip', 'rate', 'seed', 'status', 'delay'],
  string: ['code', 'type', 'details'],
};

const fieldOf = (object: object, name: string): unknown =>
  new Map<string, unknown>(Object.entries(object)).get(name);

/** A number from 0 to 1 that looks random and is the same for the same seed and turn. */
const chance = (seed: number, turn: number): number =>
  createHash('sha256').update(`${seed}:${turn}`).digest().readUInt32BE() / 2 ** 32;

/** A file that is not there, or is just being written, is an empty list. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || '[]';
  } catch {
    return '[]';
  }
}
