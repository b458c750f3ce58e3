import type { InjectedFile } from '../host/image/inject.js';
import type { Claim } from '../ledger/claims.js';
import type { Tools } from './tools.js';

/** A chroot whose volume may be retained. */
interface RetainedChroot {
  readonly disk: { readonly claim: Claim<'attachment'> };
  readonly injectedFiles: readonly InjectedFile[];
  readonly made: readonly string[];
}

/**
 * Records what `shell` needs to know of a chroot whose task failed, if its volume is retained: what is in the
 * image for scripts only, and the names of the variables of the script.
 * @param env the variables of the script; undefined for other tasks
 * @param item the index of the task
 */
export function recordRetained(
  { disk, injectedFiles, made }: RetainedChroot,
  env: Readonly<Record<string, string>> | undefined,
  item: number,
  { ledger }: Pick<Tools, 'ledger'>,
): void {
  if (ledger.retainedUntil === undefined) return;
  const failed = env === undefined ? {} : { failed: { item, env: Object.keys(env) } };
  ledger.update(disk.claim, { furnished: { loans: injectedFiles, made }, ...failed });
}
