import { unknownAccount } from '../../outscale/calls/account.js';
import type { Tools } from '../../runtime/tools.js';
import { findUnchangedImage } from '../../steps/reuse/find.js';
import type { FoundRegion } from '../../steps/reuse/found.js';
import type { WantedImage } from '../../steps/reuse/wanted.js';
import { renderStable } from '../../template/stable.js';
import type { TemplateData } from '../../template/types.js';

/** A region, and the template of the name of the OMI there, if it is not that of the VM's region. */
interface WantedRegion {
  readonly region: string;
  readonly name: string | undefined;
}

/**
 * The OMI in other regions. Changes nothing.
 * @param wanted that of the region of the VM
 * @returns why an OMI is not reused, if a region has no copy of it
 */
export async function findInRegions(
  wanted: WantedImage,
  regions: readonly WantedRegion[],
  data: TemplateData,
  tools: Tools,
): Promise<readonly FoundRegion[] | string> {
  const found: FoundRegion[] = [];
  for (const { region, name } of regions) {
    const elsewhere = await tools.findRegion(region);
    const { account } = elsewhere;
    if (account === unknownAccount) return `the account in ${region} is unknown`;
    const there = await tools.inRegion(elsewhere);
    const own = { ...wanted, account, name: await nameThere(name, wanted, data), copiesOf: none };
    const image = await findUnchangedImage(own, there);
    if (image === undefined) return `it has no copy in ${region}`;
    found.push({ elsewhere, image, tools: there });
  }
  return found;
}

const none: WantedImage['copiesOf'] = () => Promise.resolve({ outputs: [], regions: [] });

/** Undefined if the name is another one in every build. */
async function nameThere(
  template: string | undefined,
  { name }: WantedImage,
  data: TemplateData,
): Promise<string | undefined> {
  if (template === undefined) return name;
  const { text, isVolatile } = await renderStable('omi_regions', template, data);
  return isVolatile ? undefined : text;
}
