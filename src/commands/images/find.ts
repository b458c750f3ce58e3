import { type FindConfig, readFind } from '../../config/read-find.js';
import type { Image } from '../../outscale/api.js';
import { accountOf, unknownAccount } from '../../outscale/calls/account.js';
import { chooseImage, findImages, showImage, type Wanted } from '../../outscale/images/find.js';
import { ownershipTags } from '../../outscale/ownership.js';
import type { Report } from '../../report/report.js';
import { exitCodeOf } from '../exit-code.js';
import { contextWithNotices, type Invocation, keysFor } from '../invocation.js';
import { connectRegion } from './region.js';

/** The architecture of all VMs of Outscale. A build on one of them searches for the same. */
const architecture = 'x86_64';

/**
 * Finds the OMI that `source_omi_filter` selects, or the newest one of a family, and reports it. Only reads:
 * it needs no root, and with a region no Outscale VM. @returns the exit code
 */
export async function runFind(invocation: Invocation, report: Report): Promise<number> {
  report.begin('find');
  try {
    const context = { ...contextWithNotices(invocation, report), callsApi: true };
    const config = await readFind(invocation.read, context);
    const keys = await keysFor(config, context, report);
    const { cloud, region, vm } = await connectRegion(config, keys, invocation, report);
    const { mostRecent, ...wanted } = wantedOf(config);
    const account = wanted.owners.includes('self') ? await accountOf(cloud, vm) : unknownAccount;
    const found = await findImages(cloud, account, wanted);
    const option = config.filter === undefined ? 'family' : 'source_omi_filter';
    show(chooseImage(found, mostRecent, option), region, report);
    return 0;
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error);
  }
}

/** Of a family, the newest OMI of this account, or of the owners in the filter. */
function wantedOf({ family, filter }: FindConfig): Wanted & { readonly mostRecent: boolean } {
  const { filters = new Map<string, readonly string[]>(), owners = ['self'] } = filter ?? {};
  const tag = family === undefined ? [] : [[`tag:${ownershipTags.family}`, [family]] as const];
  return {
    filters: new Map([...filters, ...tag]),
    owners,
    architecture: filter === undefined ? undefined : architecture,
    mostRecent: family !== undefined || filter?.most_recent === true,
  };
}

function show(image: Image, region: string, report: Report): void {
  const { ImageId = '', ImageName = '', RootDeviceName, BlockDeviceMappings } = image;
  const root = BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Bsu;
  report.output('omi-id', ImageId);
  report.output('omi-name', ImageName);
  if (root?.SnapshotId !== undefined) report.output('snapshot-id', root.SnapshotId);
  report.output('region', region);
  report.info(`Found ${showImage(image)}`);
}
