import { type Claim, type Identity, isProduct, type Kind } from './claims.js';
import type { Line, Owner } from './lines.js';

/** What the lines of a ledger say together. */
export interface LedgerState {
  /** The claims that are neither closed nor final, by number, in the order of their lines. */
  readonly open: ReadonlyMap<number, Claim>;
  /** The highest number of a claim. */
  readonly last: number;
  readonly counts: ReadonlyMap<Kind, number>;
  readonly owner: Owner;
  /** The owner of the last handover, until a process that took the build claims a product. */
  readonly previousOwner: Owner | undefined;
  readonly isHandedOver: boolean;
  readonly handover: object | undefined;
  readonly imageName: string | undefined;
  /** Numbers of the claims that stay for inspection. */
  readonly retained: ReadonlySet<number>;
  readonly retainedUntil: Date | undefined;
  /** How the chroot of the retained volume was set up, see retained-setup.ts. */
  readonly retainedSetup: object | undefined;
  readonly isFinalized: boolean;
}

/** The state after the header. */
export const initialState = (owner: Identity): LedgerState => ({
  open: new Map(),
  last: 0,
  counts: new Map(),
  owner,
  previousOwner: undefined,
  isHandedOver: false,
  handover: undefined,
  imageName: undefined,
  retained: new Set(),
  retainedUntil: undefined,
  retainedSetup: undefined,
  isFinalized: false,
});

/** The state after one more line. Does not change its arguments. */
export function reduce(state: LedgerState, line: Line): LedgerState {
  if ('claim' in line) return withClaim(state, line.claim);
  if ('learned' in line) return withData(state, line.learned, line.data);
  if ('gone' in line) return { ...state, open: without(state.open, [line.gone]) };
  if ('handed' in line)
    return {
      ...state,
      owner: line.handed,
      previousOwner: line.handed,
      isHandedOver: true,
      handover: line.with ?? state.handover,
    };
  if ('taken' in line) return { ...state, owner: line.taken, isHandedOver: false };
  if ('named' in line) return { ...state, imageName: line.named };
  if ('held' in line)
    return {
      ...state,
      retained: new Set([...state.retained, ...line.held]),
      retainedUntil: new Date(line.until),
      retainedSetup: line.with ?? state.retainedSetup,
    };
  return { ...state, isFinalized: true, open: without(state.open, line.kept) };
}

function withClaim(state: LedgerState, claim: Claim): LedgerState {
  const { number, kind } = claim;
  return {
    ...state,
    open: new Map([...state.open, [number, claim]]),
    last: Math.max(state.last, number),
    counts: new Map([...state.counts, [kind, (state.counts.get(kind) ?? 0) + 1]]),
    previousOwner: isProduct(kind) ? undefined : state.previousOwner,
  };
}

/** Ignores data of a claim that is not open. */
function withData(state: LedgerState, number: number, data: object): LedgerState {
  const claim = state.open.get(number);
  if (claim === undefined) return state;
  return {
    ...state,
    open: new Map([...state.open, [number, { ...claim, data: { ...claim.data, ...data } }]]),
  };
}

const without = (open: LedgerState['open'], numbers: readonly number[]): LedgerState['open'] =>
  new Map([...open].filter(([number]) => !numbers.includes(number)));
