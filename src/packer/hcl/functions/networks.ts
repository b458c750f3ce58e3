import { isIPv4 } from 'node:net';
import { fail } from '../problem.js';
import { toInteger, toText } from '../values/convert.js';
import { type Hcl, List } from '../values/value.js';
import { argument, atLeast, type Functions, fixed } from './define.js';

/** A network of IPv4. */
interface Network {
  readonly address: number;
  /** The number of bits of its prefix. */
  readonly bits: number;
}

function networkOf(value: Hcl): Network {
  const [address = '', bits = '', ...more] = toText(value).split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || more.length > 0)
    return fail(
      `has ${JSON.stringify(toText(value).slice(0, 60))}, which is not a network of IPv4`,
      'write one such as 10.0.0.0/8',
    );
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { address: number - (number % size(Number(bits))), bits: Number(bits) };
}

/** How many addresses a network has. */
const size = (bits: number): number => 2 ** (32 - bits);

const shown = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

function subnet({ address, bits }: Network, more: number, index: number): string {
  const prefix = bits + more;
  if (more < 0 || prefix > 32 || index < 0 || index >= 2 ** more)
    return fail(`asks for network ${index} of ${more} more bits`, 'use a network that exists');
  return `${shown(address + index * size(prefix))}/${prefix}`;
}

function host({ address, bits }: Network, index: number): string {
  const number = index < 0 ? size(bits) + index : index;
  if (number < 0 || number >= size(bits)) return fail(`asks for host ${index}`, 'use a host that exists');
  return shown(address + number);
}

/** Networks one after another, each at the next multiple of its size. */
function subnets({ address, bits }: Network, more: readonly number[]): Hcl {
  let next = address;
  return new List(
    more.map((one) => {
      const prefix = bits + one;
      const start = Math.ceil(next / size(prefix)) * size(prefix);
      if (one < 0 || prefix > 32 || start + size(prefix) > address + size(bits))
        return fail('has no space for all networks', 'use fewer or smaller networks');
      next = start + size(prefix);
      return `${shown(start)}/${prefix}`;
    }),
  );
}

/** Functions of networks of IPv4. */
export const networks: Functions = {
  cidrhost: fixed(2, (args) => host(networkOf(argument(args, 0)), toInteger(argument(args, 1)))),
  cidrnetmask: fixed(1, (args) => shown(2 ** 32 - size(networkOf(argument(args, 0)).bits))),
  cidrsubnet: fixed(3, (args) =>
    subnet(networkOf(argument(args, 0)), toInteger(argument(args, 1)), toInteger(argument(args, 2))),
  ),
  cidrsubnets: atLeast(
    2,
    ([network = null, ...more]) => subnets(networkOf(network), more.map(toInteger)),
    'any',
  ),
};
