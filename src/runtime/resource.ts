import { describe } from '../common/errors.js';
import type { Claim, Claims, Kind } from '../ledger/claims.js';
import { elsewhereOf } from '../ledger/elsewhere.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Released } from '../report/released.js';
import type { Tools } from './tools.js';

/** How to undo a kind of resource. */
export interface Undo<K extends Kind> {
  /** The action in the imperative, for the log. */
  readonly title: (data: Claims[K]) => string;
  /**
   * What it does to a resource of the cloud, for the line that says what was cleaned up; undefined without an
   * ID.
   */
  readonly released?: (data: Claims[K]) => Released | undefined;
  /** Idempotent: it reads the actual state, and succeeds if the resource no longer exists. */
  readonly run: (data: Claims[K], tools: Tools) => Promise<void>;
}

/**
 * A resource that lives as long as its block: `await using` releases it at the closing brace, unless it is
 * final.
 */
export interface Resource<T, K extends Kind = Kind> extends AsyncDisposable {
  readonly value: T;
  readonly claim: Claim<K>;
}

/**
 * Creates a resource and the undo of it. Records the claim in the ledger before it calls `create`. If
 * `create` fails, the undo runs at once.
 */
export async function acquire<K extends Kind, T>(
  tools: Tools,
  kind: K,
  known: Claims[K],
  create: (claim: Claim<K>) => Promise<T>,
  undo: Undo<K>,
): Promise<Resource<T, K>> {
  const { elsewhere } = tools;
  const claim = tools.ledger.claim(kind, elsewhere === undefined ? known : { ...known, elsewhere });
  // After the products are final, a failed undo is a warning: the claim stays open for post or the next
  // build.
  const undone = async (): Promise<void> => {
    // Retained resources stay for inspection. After a handover another process is responsible.
    if (tools.ledger.isHandedOver || tools.ledger.isRetained(claim)) return;
    try {
      await release(claim, undo, tools);
    } catch (error) {
      if (!tools.ledger.isFinalized) throw error;
      tools.report.warn(`${undo.title(claim.data)}: ${describe(error)}`);
    }
  };
  let handedOver = false;
  await using _unlessCreated = {
    [Symbol.asyncDispose]: async () => (handedOver ? undefined : await undone()),
  };
  const value = await create(claim).catch((error: unknown) => {
    tools.onFailure();
    throw error;
  });
  handedOver = true;
  return { value, claim, [Symbol.asyncDispose]: undone };
}

/** The kinds of resources that an API call creates or ends. */
type RequestedKind =
  | 'volume'
  | 'attachment'
  | 'snapshot'
  | 'image'
  | 'copy'
  | 'replaced'
  | 'export'
  | 'expired';

/**
 * Records each sending of a claim's request in the ledger before it happens, so that the undo knows how long
 * the API may still carry out the request. Use one for all requests of a claim.
 */
export function noting(
  claim: Claim<RequestedKind>,
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

/** Releases the open claims of a kind, the last one recorded first. @throws as release */
export async function releaseOpen<K extends Kind>(kind: K, undo: Undo<K>, tools: Tools): Promise<void> {
  for (const claim of tools.ledger.openOf(kind)) await release(claim, undo, tools);
}

/** Undoes an open claim and closes it. @throws the error of the undo; then the claim stays open. */
export async function release<K extends Kind>(claim: Claim<K>, undo: Undo<K>, tools: Tools): Promise<void> {
  if (!tools.ledger.has(claim)) return;
  const there = await toolsFor(claim.data, tools.forCleanup());
  await there.report.undoing(
    undo.title(claim.data),
    () => undo.run(claim.data, there),
    undo.released?.(claim.data),
  );
  tools.ledger.close(claim);
}

/**
 * The tools for the region of a resource.
 * @throws BuildError if there are no keys of its account there
 */
export async function toolsFor(data: object, tools: Tools): Promise<Tools> {
  const elsewhere = elsewhereOf(data);
  return elsewhere === undefined || tools.elsewhere !== undefined ? tools : await tools.inRegion(elsewhere);
}

/** Overwrites outputs that name a deleted resource. A failure is a warning: it must not stop the cleanup. */
export function retract({ report }: Tools, ...outputs: Parameters<Tools['report']['output']>[]): void {
  for (const [name, value] of outputs) {
    try {
      report.output(name, value);
    } catch (error) {
      report.warn(`Output ${name} not cleared: ${describe(error)}`);
    }
  }
}
