import type { Image } from '../outscale/api.js';
import { mayBuildFrom } from '../outscale/calls/can-build-from.js';
import { ApiError } from '../outscale/errors.js';
import { tokenOf } from '../outscale/ownership.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from '../steps/build-context.js';
import type { Source } from '../steps/source.js';
import { copySource } from '../steps/source-copy.js';

/** The source if it belongs to another account. */
const sourceOfOther = ({ source, account }: BuildContext): Source | undefined =>
  (source?.image.AccountId ?? account) === account ? undefined : source;

/**
 * The copy in this account of a source of another account whose snapshots are not shared with this one.
 * Creates the copy unless it exists. Undefined if the build can use the source itself.
 */
export async function copyIfForeign(context: BuildContext, tools: Tools): Promise<Image | undefined> {
  const source = await findUnshared(context, tools);
  if (source === undefined) return undefined;
  return await tools.report.phase('Copy source', () => copySource(source, context, tools));
}

/**
 * The source if it belongs to another account and this one may not create volumes from its snapshots, so that
 * a build has to copy it. Asks by a dry run.
 */
export async function findUnshared(context: BuildContext, tools: Tools): Promise<Source | undefined> {
  const { vm } = context;
  const source = sourceOfOther(context);
  const { SnapshotId } = source?.root ?? {};
  if (source === undefined || SnapshotId === undefined) return undefined;
  const asked = {
    ClientToken: tokenOf(tools.build, vm.vmId, 'dry-run'),
    SnapshotId,
    SubregionName: vm.subregion,
  };
  return (await mayBuildFrom(tools.cloud, source.image, asked)) ? undefined : source;
}

/**
 * The copy of a source of another account after the API refused a volume from its snapshot: it may do so
 * although it lists the snapshot and accepts a dry run.
 * @param error the refusal of CreateVolume
 * @returns undefined if the source is of this account, or if the refusal has a reason that a copy shares
 */
export async function copyIfRefused(
  error: unknown,
  context: BuildContext,
  tools: Tools,
): Promise<Image | undefined> {
  const source = sourceOfOther(context);
  if (source === undefined || !(error instanceof ApiError) || !mayConcernSnapshot(error)) return undefined;
  tools.report.notice(`Source ${source.origin.id} of another account is copied: ${error.message}`);
  return await tools.report.phase('Copy source', () => copySource(source, context, tools));
}

/** Whether the snapshot may be the reason. Codes from 4000 and 7000 on name another parameter. */
const mayConcernSnapshot = ({ refusal, fault: { code = '' } }: ApiError): boolean =>
  ['permission', 'not-found', 'conflict'].includes(refusal) ||
  (refusal === 'request' && !/^[47]\d{3}$/.test(code));
