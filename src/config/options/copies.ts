import { group, option } from '../kit/option.js';
import { exportTarget } from '../types/export.js';

/** Copies of the OMI outside of its account and region. */
export const copies = group({
  export: option(exportTarget, {
    text: 'Export the OMI to a bucket of the object storage: a map of `bucket` (required), `prefix` (of the keys of the objects), `format` (`qcow2` or `raw`; default `qcow2`) and `manifest` (`true`: the OMI with all its volumes and a manifest; default `false`: its root snapshot). With `skip-create-omi`, it exports the snapshot. An export can take an hour.',
    otherwise: 'no export',
  }),
});
