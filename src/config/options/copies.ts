import { group, option } from '../kit/option.js';
import { list } from '../types/collections.js';
import { bucketName, exportTarget } from '../types/export.js';
import { regionEntry } from '../types/region.js';
import { boolean } from '../types/scalars.js';
import { oneOf } from '../types/text.js';
import { buildData } from './template-data.js';

/** Copies of the OMI outside of its account and region. */
export const copies = group({
  omi_regions: option(list(regionEntry, 'regions'), {
    text: 'Regions to copy the OMI to: names, or maps of `region` (required), `access_key`, `secret_key`, `profile`, `name` (of the OMI there) and `custom_endpoint_oapi`. Requires `export-bucket`. The region of this VM is skipped. A copy can take two hours.',
    commands: ['build', 'commit', 'abort'],
    template: buildData,
    literal: ['region', 'access_key', 'secret_key', 'profile', 'custom_endpoint_oapi'],
    default: [],
    otherwise: 'none',
  }),
  export_bucket: option(bucketName, {
    text: 'Bucket in the region of this VM, through which the snapshots are copied to `omi-regions`.',
    otherwise: 'required with `omi-regions`',
  }),
  keep_export: option(boolean, {
    text: 'Leave the exported snapshots in the bucket once the OMI exists in all regions.',
    default: false,
  }),
  omi_regions_on_failure: option(oneOf('cleanup', 'keep'), {
    text: 'What a region that fails does to the others: `cleanup` removes every copy and the OMI; `keep` keeps what is complete, and the step fails.',
    default: 'cleanup',
  }),
  export: option(exportTarget, {
    text: 'Export the OMI to a bucket of the object storage: a map of `bucket` (required), `prefix` (of the keys of the objects), `format` (`qcow2` or `raw`; default `qcow2`) and `manifest` (`true`: the OMI with all its volumes and a manifest; default `false`: its root snapshot). With `skip-create-omi`, it exports the snapshot. An export can take an hour.',
    otherwise: 'no export',
  }),
});
