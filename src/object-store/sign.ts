import aws4 from 'aws4';
import { type Keys, signedTime, signingKeys } from '../outscale/client/sign.js';

/** A request without a body, in path style. */
export interface Unsigned {
  readonly method: string;
  /** The URL with its query, percent-encoded. */
  readonly url: URL;
  readonly region: string;
}

/**
 * The headers of a signed request: AWS Signature Version 4 with service `s3` (user guide, "Object Storage").
 * @param now milliseconds since 1970
 */
export function sign({ method, url, region }: Unsigned, keys: Keys, now: number): Record<string, string> {
  const { headers = {} } = aws4.sign(
    {
      service: 's3',
      region,
      method,
      host: url.host,
      path: `${url.pathname}${url.search}`,
      headers: { 'X-Amz-Date': signedTime(now) },
    },
    signingKeys(keys),
  );
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The longest time for which a pre-signed URL can be valid, in seconds (S3 API reference). */
const longestValidity = 7 * 86_400;

/**
 * A URL that whoever has it can read for some seconds, without keys. It is a secret.
 * @param now milliseconds since 1970
 */
export function presign(
  { url, region }: Omit<Unsigned, 'method'>,
  keys: Keys,
  now: number,
  seconds: number,
): string {
  const query = new URLSearchParams({
    'X-Amz-Date': signedTime(now),
    'X-Amz-Expires': String(Math.max(1, Math.min(longestValidity, Math.ceil(seconds)))),
  });
  const signed = aws4.sign(
    {
      service: 's3',
      region,
      method: 'GET',
      host: url.host,
      path: `${url.pathname}?${query.toString()}`,
      signQuery: true,
    },
    signingKeys(keys),
  );
  return `${url.origin}${signed.path}`;
}
