import type { StoredObject } from '../../storage/objects/objects.js';
import { StoreError } from './refusal.js';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An XML element. */
export const element = (name: string, content: string | number | boolean): string =>
  `<${name}>${escaped(String(content))}</${name}>`;

/** An XML document. */
export const document = (name: string, ...content: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name}>${content.join('')}</${name}>`;

const showObject = ({ key, size, modified }: StoredObject, encodeKey: (key: string) => string): string =>
  `<Contents>${element('Key', encodeKey(key))}${element('LastModified', new Date(modified).toISOString())}` +
  `${element('ETag', etagOf({ size, modified }))}${element('Size', size)}<StorageClass>STANDARD</StorageClass></Contents>`;

/** Not the MD5 of the content: clients must not rely on that (S3 API reference, "Object"). */
export const etagOf = ({ size, modified }: Pick<StoredObject, 'size' | 'modified'>): string =>
  `"${size.toString(16)}-${Math.trunc(modified).toString(16)}"`;

/** The answer to ListObjects and ListObjectsV2, without delimiters. */
export function listing(bucket: string, all: readonly StoredObject[], query: URLSearchParams): string {
  if (query.has('delimiter')) throw new StoreError(501, 'NotImplemented', 'The emulator has no delimiters.');
  const isSecond = query.get('list-type') === '2';
  const prefix = query.get('prefix') ?? '';
  const most = Math.min(1000, Number(query.get('max-keys') ?? 1000));
  if (!Number.isInteger(most) || most < 0)
    throw new StoreError(400, 'InvalidArgument', 'max-keys must be a whole number.');
  const after = isSecond
    ? (query.get('continuation-token') ?? query.get('start-after') ?? '')
    : (query.get('marker') ?? '');
  const isLater = (key: string): boolean => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
  const matching = all.filter(({ key }) => key.startsWith(prefix) && isLater(key));
  const shown = matching.slice(0, most);
  const isTruncated = shown.length < matching.length;
  const isEncoded = query.get('encoding-type') === 'url';
  const encodeKey = isEncoded ? encodeURIComponent : (key: string): string => key;
  return document(
    'ListBucketResult',
    element('Name', bucket),
    element('Prefix', encodeKey(prefix)),
    element('MaxKeys', most),
    ...(isEncoded ? [element('EncodingType', 'url')] : []),
    element('IsTruncated', isTruncated),
    ...(isSecond && isTruncated ? [element('NextContinuationToken', shown.at(-1)?.key ?? '')] : []),
    ...shown.map((one) => showObject(one, encodeKey)),
  );
}
