import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';

/**
 * `throttle`: one of the three throttling responses, in turn; `refuse`: the refusal in the rule, a final 400
 * by default; `server-error`: 500; `drop-before`: the connection is cut before the call is carried out;
 * `drop-after`: the call is carried out, the response is lost; `hang`: the call is not carried out, no
 * response; `garbage`: the call is carried out, the response is invalid, see garbage.ts; `slow`: the call is
 * carried out, the response follows after `delay` milliseconds; `late`: the call is carried out after `delay`
 * milliseconds, even if the client has disconnected, and answered then; `lag`: the response shows the state
 * of `delay` milliseconds ago.
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

/** One rule of the fault list, a JSON file. */
export interface FaultRule {
  /** The call's name, or `*` for every call. */
  readonly operation: string;
  readonly fault: FaultKind;
  /** Only calls to this region; default: every region, each with counts of its own. */
  readonly region?: string;
  /** How often the fault is injected: once without `rate`, else without limit. */
  readonly times?: number;
  /** Number of matching calls to let pass first. */
  readonly skip?: number;
  /**
   * Count a call that repeats the previous one as the same call, so that the polls of one wait are one call.
   */
  readonly distinct?: boolean;
  /** Share of the matching calls that fail, from 0 to 1; `seed` alone determines which ones. */
  readonly rate?: number;
  readonly seed?: number;
  /** Milliseconds, for `late`, `lag` and `slow`; 60 s by default for `slow`. */
  readonly delay?: number;
  /** For `refuse`: the HTTP status; default 400. */
  readonly status?: number;
  /** For `refuse`: code, type and details of the error; defaults `0`, `DefaultError` and a fixed text. */
  readonly code?: string;
  readonly type?: string;
  readonly details?: string;
  /**
   * For `refuse`: respond with `application/problem+json` (RFC 9457); `type` is its title, `details` its
   * detail.
   */
  readonly problem?: boolean;
}

/** A fault to inject, and how often its rule has been applied before. */
export interface InjectedFault {
  readonly fault: FaultKind;
  readonly before: number;
  readonly rule: FaultRule;
}

/** Selects the fault of each call in turn; the first matching rule wins. */
export class FaultList {
  #last = '';
  readonly #rules: { rule: FaultRule; matched: number; injected: number }[];

  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules.map((rule) => ({ rule, matched: 0, injected: 0 }));
  }

  /** @param body the body of the request */
  faultFor(operation: string, body = ''): InjectedFault | undefined {
    const call = `${operation} ${body}`;
    const isRepeated = call === this.#last;
    this.#last = call;
    let injection: InjectedFault | undefined;
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.operation !== '*' && rule.operation !== operation) continue;
      if (!isRepeated || !rule.distinct) entry.matched += 1;
      const turn = entry.matched - 1 - (rule.skip ?? 0);
      const most = rule.times ?? (rule.rate === undefined ? 1 : Number.POSITIVE_INFINITY);
      if (injection !== undefined || turn < 0 || entry.injected >= most) continue;
      if (rule.rate !== undefined && chance(rule.seed ?? 1, turn) >= rule.rate) continue;
      injection = { fault: rule.fault, before: entry.injected++, rule };
    }
    return injection;
  }
}

/** The fault list in a file. It is reread when its text changes; otherwise its counts continue. */
export class FaultFile {
  #text = '[]';
  #list = new FaultList([]);

  /** @param region the region of the calls */
  constructor(
    private readonly path: string | undefined,
    private readonly region = '',
  ) {}

  /** @throws BuildError if the file is not a list of rules */
  faultFor(operation: string, body?: string): InjectedFault | undefined {
    if (this.path === undefined) return undefined;
    const text = readIfThere(this.path);
    if (text !== this.#text) {
      const isHere = (rule: FaultRule): boolean => [undefined, this.region].includes(rule.region);
      this.#list = new FaultList(parseRules(text).filter(isHere));
      this.#text = text;
    }
    return this.#list.faultFor(operation, body);
  }
}

/** @throws BuildError if the text is not a JSON list of rules */
export function parseRules(text: string): FaultRule[] {
  const rules: unknown = JSON.parse(text);
  if (!Array.isArray(rules) || !rules.every(isRule))
    throw new BuildError(
      'Fault list: must be a JSON list of {operation, fault, times, skip, region, distinct, rate, seed, status, code, type, details, problem, delay}',
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
  string: ['code', 'type', 'details', 'region'],
};

const fieldOf = (object: object, name: string): unknown =>
  new Map<string, unknown>(Object.entries(object)).get(name);

/** A pseudo-random number from 0 to 1, determined by seed and turn. */
const chance = (seed: number, turn: number): number =>
  createHash('sha256').update(`${seed}:${turn}`).digest().readUInt32BE() / 2 ** 32;

/** A missing file, or one that is being written, is an empty list. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || '[]';
  } catch {
    return '[]';
  }
}
