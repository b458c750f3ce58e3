import { group, option } from '../kit/option.js';
import { record } from './record.js';
import { boolean } from './scalars.js';
import { matching, oneOf } from './text.js';

/** The name of a bucket (S3, "Bucket naming rules"). */
export const bucketName = matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
  kind: 'a bucket name',
  example: '3 to 63 lower-case letters, digits, dots and hyphens',
  placeholder: 'bucket',
});

const keyPrefix = matching(/^(?!\/)[^\p{Cc}]{0,512}$/u, {
  kind: 'a valid prefix of object keys',
  example: 'at most 512 characters that do not begin with a slash',
});

const fields = group({
  bucket: option(bucketName, {
    text: 'bucket of the region of this VM',
    required: 'a bucket of the region of this VM',
  }),
  prefix: option(keyPrefix, {
    text: 'what the keys of the objects begin with',
    default: '',
    otherwise: 'empty',
  }),
  format: option(oneOf('qcow2', 'raw'), {
    text: 'format of the disk image, which is gzipped',
    default: 'qcow2',
  }),
  manifest: option(boolean, { text: 'export the OMI with all its volumes and a manifest', default: false }),
});

export const exportTarget = record('export', fields);
