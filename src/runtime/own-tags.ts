import type { ResourceTag } from '../outscale/api.js';
import { isRefused } from '../outscale/errors.js';
import type { Tools } from './tools.js';

/** The tags of one resource. */
interface ResourceTags {
  /** Tags that the user wants: the build fails without them. */
  readonly wanted: readonly ResourceTag[];
  /** Ownership tags of build-omi: a build succeeds without them. */
  readonly own: readonly ResourceTag[];
}

/** The ledgers of the builds that have been warned. */
const warned = new WeakSet<object>();

/**
 * Tags a resource that the build has created. If the API refuses the ownership tags, which a policy may do,
 * the first refusal is a warning.
 * @returns whether the resource has its ownership tags
 * @throws ApiError if the API refuses the tags of the user, or does not answer
 */
export async function tagOwn(id: string, { wanted, own }: ResourceTags, tools: Tools): Promise<boolean> {
  const ask = async (Tags: ResourceTag[]): Promise<unknown> =>
    await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags });
  try {
    await ask([...wanted, ...own]);
    return true;
  } catch (error) {
    if (!isRefused(error) || own.length === 0) throw error;
    if (wanted.length > 0) await ask([...wanted]);
    if (!warned.has(tools.ledger)) tools.report.warn(`${lost}: ${error.message}`);
    warned.add(tools.ledger);
    return false;
  }
}

const lost =
  'The API refused the ownership tags of build-omi. Without them, sweep identifies the resources of this build only by their ClientToken and by the ledgers of this VM, and on_failure: keep is not visible to sweep on other VMs';
