import { describe } from '../common/errors.js';
import type { Claim, Claims, Kind } from '../ledger/claims.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Tools } from './tools.js';

/** How a kind of thing is undone: what one says while doing it, and the doing, which must be idempotent. */
export interface Undo<K extends Kind> {
  readonly title: (thing: Claims[K]) => string;
  /** Looks at the world, not at what it remembers; a thing that is gone already is a success. */
  readonly run: (thing: Claims[K], tools: Tools) => Promise<void>;
}

/** A thing that lives as long as its block: `await using` puts it away at the closing brace, unless it is kept. */
export interface Resource<T, K extends Kind = Kind> extends AsyncDisposable {
  readonly value: T;
  readonly claim: Claim<K>;
}

/**
 * Makes a thing that will be undone. It is claimed in the ledger before `make` is called; when `make` fails half-way
 * the undo runs at once.
 */
export async function acquire<K extends Kind, T>(
  tools: Tools,
  kind: K,
  known: Claims[K],
  make: (claim: Claim<K>) => Promise<T>,
  undo: Undo<K>,
): Promise<Resource<T, K>> {
  const claim = tools.ledger.claim(kind, known);
  // Once the products are kept a failure no longer fails the build: the claim stays open for post or the next build.
  const undone = async (): Promise<void> => {
    // What is held stays to be looked at; what was handed over is for somebody else.
    if (tools.ledger.isHandedOver || tools.ledger.isRetained(claim)) return;
    try {
      await release(claim, undo, tools);
    } catch (error) {
      if (!tools.ledger.kept) throw error;
      tools.report.warn(`${undo.title(claim.data)}: ${describe(error)}`);
    }
  };
  let handedOver = false;
  await using _unlessMade = { [Symbol.asyncDispose]: async () => (handedOver ? undefined : await undone()) };
  const made = await make(claim).catch((error: unknown) => {
    tools.onFailure();
    throw error;
  });
  handedOver = true;
  return { value: made, claim, [Symbol.asyncDispose]: undone };
}

/** Kinds that the API makes or ends on request. */
type AskedKind = 'volume' | 'attachment' | 'snapshot' | 'image' | 'copy' | 'replaced';

/**
 * Follows the request that a claim stands for: each sending is in the ledger before it happens, so that whoever undoes
 * the claim knows how long the request may still be carried out. Use one for all requests of a claim.
 */
export function noting(
  claim: Claim<AskedKind>,
  ledger: Ledger,
): { readonly sent: () => void; readonly failed: (isUnknown: boolean) => void } {
  let isLost = false;
  return {
    sent: () => ledger.update(claim, { asked: new Date().toISOString() }),
    failed: (isUnknown) => {
      isLost ||= isUnknown;
      if (!isLost) ledger.update(claim, { asked: null });
    },
  };
}

/** Puts away what is open of a kind, the last made first. @throws as putAway */
export async function releaseOpen<K extends Kind>(kind: K, undo: Undo<K>, tools: Tools): Promise<void> {
  for (const claim of tools.ledger.openOf(kind)) await release(claim, undo, tools);
}

/** Undoes a claim that is still open and strikes it off. @throws what the undo throws; then the claim stays open. */
export async function release<K extends Kind>(claim: Claim<K>, undo: Undo<K>, tools: Tools): Promise<void> {
  if (!tools.ledger.has(claim)) return;
  await tools.report.undoing(undo.title(claim.data), () => undo.run(claim.data, tools.forCleanup()));
  tools.ledger.close(claim);
}

/** Writes outputs once more for what is gone. Failing is a warning: putting away counts, not what is told of it. */
export function retract({ report }: Tools, ...outputs: Parameters<Tools['report']['output']>[]): void {
  for (const [name, value] of outputs) {
    try {
      report.output(name, value);
    } catch (error) {
      report.warn(`the output ${name} could not be emptied: ${describe(error)}`);
    }
  }
}
