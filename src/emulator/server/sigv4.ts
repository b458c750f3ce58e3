import { createHmac } from 'node:crypto';
import { percentEncode } from '../../common/percent-encode.js';

/*
 * AWS Signature Version 4, as the API and the object storage verify it: the parts that both have.
 */

/** Milliseconds since 1970 of a timestamp such as `20260102T030405Z`; undefined if it is not one. */
export function timeOf(stamp: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** The canonical query of some parameters. */
export const canonicalQuery = (parameters: Iterable<readonly [string, string]>): string =>
  [...parameters]
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .sort()
    .join('&');

/** The canonical form of a header's value. */
export const trimmed = (value: string): string => value.trim().replaceAll(/ +/g, ' ');

/** The signature of a text, in hexadecimal digits. @param scope `DATE/REGION/SERVICE/TERMINATOR` */
export function signatureOf(spelling: string, secret: string, scope: string, text: string): string {
  const key = scope.split('/').reduce<Buffer>(hmac, Buffer.from(spelling + secret));
  return hmac(key, text).toString('hex');
}

const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
