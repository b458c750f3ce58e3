import { BuildError } from '../../common/errors.js';

/**
 * The URL that API calls are posted to, without a trailing slash. It accepts three forms: a URL (`/api/v1` is
 * appended if it has no path), a host name that begins with `api.` (`https://` is prepended), and any other
 * suffix, which is appended to `https://api.REGION.` User and password are removed: a request has one
 * Authorization header, which holds the signature.
 * @throws BuildError if the result is not a valid URL
 */
export function endpointOf(custom: string | undefined, region: string): string {
  const url = urlOf(custom ?? 'outscale.com', region);
  if (!URL.canParse(url) || /[?#\s]/.test(url))
    throw new BuildError(`custom-endpoint-oapi: ${JSON.stringify(custom)} is not a valid API endpoint.`, {
      hint: 'Write a URL, a host name that begins with api., or a suffix such as outscale.com/api/v1.',
    });
  const plain = url.replace(/\/+$/, '').replace(userinfo, '$1');
  return new URL(plain).pathname === '/' ? `${plain}/api/v1` : plain;
}

/** The URL of the object storage: the custom one, or that of the region. @param custom without a path */
export const objectStorageOf = (custom: string | undefined, region: string): string =>
  (custom ?? `https://oos.${region}.outscale.com`).replace(userinfo, '$1');

/** `USER:PASSWORD@` of a URL, after its `SCHEME://` (RFC 3986, section 3.2.1). */
const userinfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

function urlOf(custom: string, region: string): string {
  if (/^https?:\/\//i.test(custom)) return custom;
  return custom.startsWith('api.') ? `https://${custom}` : `https://api.${region}.${custom}`;
}
