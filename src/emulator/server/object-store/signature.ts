import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { percentEncode } from '../../../common/percent-encode.js';
import { sha256 } from '../../../common/sha256.js';
import type { EmulatorAccount } from '../../resources/context.js';
import { canonicalQuery, signatureOf, timeOf, trimmed } from '../sigv4.js';
import { accessDenied, StoreError } from './refusal.js';

/** A request is valid for 15 minutes around its timestamp; a pre-signed URL at most for 7 days. */
const limits = { tolerance: 15 * 60_000, longest: 7 * 86_400 };

interface Claim {
  readonly accessKey: string;
  /** `DATE/REGION/SERVICE/aws4_request` */
  readonly scope: string;
  readonly stamp: string;
  readonly headers: readonly string[];
  readonly signature: string;
  readonly token: string | undefined;
  /** The sha256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payload: string;
  /** When it begins and ends to be valid, in milliseconds since 1970. */
  readonly expires: number;
  readonly begins: number;
}

/**
 * Verifies the signature of a request to the object storage: in the header Authorization, or in its query (a
 * pre-signed URL).
 * @returns the account that signed, and the payload that it signed
 * @throws StoreError
 */
export function verify(
  request: IncomingMessage,
  accounts: readonly EmulatorAccount[],
  region: string,
  now: number,
): { readonly account: EmulatorAccount; readonly payload: string } {
  const { method = '', headers, url = '/' } = request;
  const [path = '/', search = ''] = url.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const claim = query.has('X-Amz-Signature') ? inQuery(query) : inHeaders(headers);
  if (claim === undefined) throw accessDenied('The request is not signed.');
  const account = accounts.find(({ accessKey }) => accessKey === claim.accessKey);
  if (account === undefined)
    throw new StoreError(403, 'InvalidAccessKeyId', 'The access key does not exist.');
  if (claim.scope !== `${claim.stamp.slice(0, 8)}/${region}/s3/aws4_request`)
    throw new StoreError(
      400,
      'AuthorizationHeaderMalformed',
      `The scope must be DATE/${region}/s3/aws4_request.`,
    );
  if (!claim.headers.includes('host')) throw accessDenied('The header host is not signed.');
  const unsigned = Object.keys(headers).find(
    (name) => name.startsWith('x-amz-') && !claim.headers.includes(name),
  );
  if (unsigned !== undefined) throw accessDenied(`The header ${unsigned} is not signed.`);
  if (claim.token !== account.token) throw new StoreError(403, 'InvalidToken', 'The token is not the key’s.');
  query.delete('X-Amz-Signature');
  const canonical = [
    method,
    path
      .split('/')
      .map((part) => percentEncode(decodeURIComponent(part)))
      .join('/'),
    canonicalQuery(query),
    ...claim.headers.map((name) => `${name}:${trimmed([headers[name] ?? ''].flat().join(','))}`),
    '',
    claim.headers.join(';'),
    claim.payload,
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', claim.stamp, claim.scope, sha256(canonical)].join('\n');
  const wanted = signatureOf('AWS4', account.secretKey, claim.scope, text);
  if (!timingSafeEqual(Buffer.from(wanted), Buffer.from(claim.signature)))
    throw new StoreError(403, 'SignatureDoesNotMatch', 'The signature does not match.');
  if (now < claim.begins || now > claim.expires) throw accessDenied('Request has expired');
  return { account, payload: claim.payload };
}

function inHeaders(headers: IncomingMessage['headers']): Claim | undefined {
  const match =
    /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const [, accessKey = '', scope = '', names = '', signature = ''] = match ?? [];
  const [stamp, payload, token] = ['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'].map((name) =>
    headers[name]?.toString(),
  );
  const time = timeOf(stamp ?? '');
  if (match === null || stamp === undefined || time === undefined || payload === undefined) return undefined;
  const { tolerance } = limits;
  const valid = { begins: time - tolerance, expires: time + tolerance };
  return { accessKey, scope, stamp, headers: names.split(';'), signature, token, payload, ...valid };
}

function inQuery(query: URLSearchParams): Claim | undefined {
  const read = (name: string): string => query.get(`X-Amz-${name}`) ?? '';
  const [, accessKey = '', scope = ''] = /^([^/]+)\/(.+)$/.exec(read('Credential')) ?? [];
  const seconds = Number(read('Expires'));
  const time = timeOf(read('Date'));
  const isValid =
    read('Algorithm') === 'AWS4-HMAC-SHA256' &&
    /^[0-9a-f]{64}$/.test(read('Signature')) &&
    Number.isInteger(seconds) &&
    seconds >= 1 &&
    seconds <= limits.longest;
  if (!isValid || time === undefined)
    throw new StoreError(
      400,
      'AuthorizationQueryParametersError',
      'The parameters of the query are invalid.',
    );
  return {
    accessKey,
    scope,
    stamp: read('Date'),
    headers: read('SignedHeaders').split(';'),
    signature: read('Signature'),
    token: query.get('X-Amz-Security-Token') ?? undefined,
    payload: 'UNSIGNED-PAYLOAD',
    begins: time - limits.tolerance,
    expires: time + seconds * 1000,
  };
}
