import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { BuildError } from '../../../common/errors.js';

/**
 * Loopback, link-local and unspecified addresses (RFC 6890): those of this VM and of its metadata service.
 */
const local = new BlockList();
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addSubnet('0.0.0.0', 8, 'ipv4');
local.addAddress('::1', 'ipv6');
local.addAddress('::', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');

/**
 * Whether an address belongs to this VM or its link. An IPv6 address that contains one of IPv4 counts as
 * that.
 */
export function isLocalAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  return version !== 0 && local.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Checks where a redirect leads, as far as its text says.
 * @throws BuildError unless it is https, without a user, to a host that is not this VM or its link
 */
export function requireRedirect(target: URL): void {
  const refuse = (why: string): never => {
    throw new BuildError(`source_image: a redirect to ${target.origin} was not followed: ${why}`, {
      hint: 'Set source_image to the address of the file itself.',
    });
  };
  if (target.protocol !== 'https:') refuse('it is not https');
  if (target.username !== '' || target.password !== '') refuse('it contains credentials');
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (isLocalAddress(host) || /(^|\.)localhost\.?$/i.test(host)) refuse('it is an address of this VM');
}

/**
 * Looks up a host, and fails if one of its addresses is local: the connection is made to what was checked.
 */
export const publicLookup: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error !== null) return callback(error, []);
    const bad = found.find(({ address }) => isLocalAddress(address));
    if (bad !== undefined) {
      const refused = new BuildError(
        `source_image: a redirect to ${host} was not followed: ${bad.address} is an address of this VM`,
      );
      return callback(refused, []);
    }
    const [first] = found;
    if (options.all === true) callback(null, found);
    else callback(null, first?.address ?? '', first?.family);
  });
};
