import { exec } from '../exec/exec.js';
import { which } from '../exec/programs.js';
import { attempt } from '../proc/processes.js';

/** An object of the output of `ip -json`. Its fields depend on the subcommand. */
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const listIn = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const word = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

async function ask(args: readonly string[], signal: AbortSignal): Promise<Fields[]> {
  // ip fails on a kernel without IPv6, which is not an error.
  const { stdout } = await exec(['ip', '-json', ...args], { answers: [1, 2, 255], signal });
  return listIn(attempt((): unknown => JSON.parse(stdout || '[]')));
}

const phrase = (...fields: readonly (readonly [string, unknown])[]): string =>
  fields.flatMap(([name, value]) => (word(value) === '' ? [] : [`${name} ${word(value)}`.trim()])).join(' ');

/**
 * The interfaces, addresses, routes and rules of this VM from ip(8), each as text. Excludes routes that the
 * kernel creates (for addresses, and from router advertisements), because they change without any command.
 * @returns undefined if ip (package iproute2) is not installed.
 */
export async function networkOf(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  if (which('ip') === undefined) return undefined;
  const links = await ask(['address', 'show'], signal);
  const routes4 = await ask(['-4', 'route', 'show', 'table', 'all'], signal);
  const routes6 = await ask(['-6', 'route', 'show', 'table', 'all'], signal);
  const rules4 = await ask(['-4', 'rule', 'show'], signal);
  const rules6 = await ask(['-6', 'rule', 'show'], signal);
  const routes = [...routes4, ...routes6].filter(
    ({ protocol, type }) =>
      !['kernel', 'ra', 'redirect'].includes(word(protocol)) && !['local', 'multicast'].includes(word(type)),
  );
  return new Set([
    ...links.flatMap(({ ifname, addr_info }) => [
      phrase(['interface', ifname]),
      ...listIn(addr_info).map(
        ({ local, prefixlen }) => `address ${word(local)}/${word(prefixlen)} of ${word(ifname)}`,
      ),
    ]),
    ...routes.map(({ dst, gateway, dev, table }) =>
      phrase(['route to', dst], ['via', gateway], ['dev', dev], ['table', table]),
    ),
    ...[...rules4, ...rules6].map(({ priority, src, srclen, dst, table, fwmark }) =>
      phrase(
        ['rule', priority],
        ['from', srclen === undefined ? src : `${word(src)}/${word(srclen)}`],
        ['to', dst],
        ['fwmark', fwmark],
        ['table', table],
      ),
    ),
  ]);
}
