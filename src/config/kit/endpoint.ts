import { BuildError } from '../../common/errors.js';

/**
 * The address that calls are posted to, without a slash at its end.
 * Three spellings are known: a URL (`/api/v1` is added if it has no path), a host that begins with `api.`
 * (gets `https://`), and any other suffix, which follows `https://api.REGION.`
 * User and password in it are left out: a request has one header Authorization, which is for the signature.
 * @throws BuildError when what comes out is no address
 */
export function endpointOf(custom: string | undefined, region: string): string {
  const url = spelledOut(custom ?? 'outscale.com', region);
  if (!URL.canParse(url) || /[?#\s]/.test(url))
    throw new BuildError(`${JSON.stringify(custom)} makes no API endpoint.`, {
      hint: 'Write a URL, a host that begins with api., or a suffix such as outscale.com/api/v1.',
    });
  const plain = url.replace(/\/+$/, '').replace(userinfo, '$1');
  return new URL(plain).pathname === '/' ? `${plain}/api/v1` : plain;
}

/** `USER:PASSWORD@` of a URL, after its `SCHEME://` (RFC 3986, section 3.2.1). */
const userinfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

function spelledOut(custom: string, region: string): string {
  if (/^https?:\/\//i.test(custom)) return custom;
  return custom.startsWith('api.') ? `https://${custom}` : `https://api.${region}.${custom}`;
}
