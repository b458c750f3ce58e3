import { BuildError } from '../errors.js';

/**
 * The address that calls are posted to, without a slash at its end.
 * Three spellings are known: a URL (`/api/v1` is added if it has no path), a host that begins with `api.`
 * (gets `https://`), and any other suffix, which follows `https://api.REGION.`
 * @throws BuildError when what comes out is no address
 */
export function endpointOf(custom: string | undefined, region: string): string {
  const url = spelledOut(custom ?? 'outscale.com', region);
  if (!URL.canParse(url) || /[?#\s]/.test(url))
    throw new BuildError(`${JSON.stringify(custom)} makes no API endpoint.`, {
      hint: 'Write a URL, a host that begins with api., or a suffix such as outscale.com/api/v1.',
    });
  const plain = url.replace(/\/+$/, '');
  return new URL(plain).pathname === '/' ? `${plain}/api/v1` : plain;
}

function spelledOut(custom: string, region: string): string {
  if (/^https?:\/\//i.test(custom)) return custom;
  return custom.startsWith('api.') ? `https://${custom}` : `https://api.${region}.${custom}`;
}
