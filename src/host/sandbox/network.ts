import { exec } from '../exec/exec.js';
import { which } from '../exec/programs.js';
import { attempt } from '../proc/processes.js';

/** An object of the output of `ip -json`. Its fields depend on the subcommand. */
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const listIn = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const word = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/**
 * What subcommands of ip(8) show, in one process. With -force it continues after a command that fails, as it
 * does without IPv6 in the kernel, which is not an error.
 */
async function ask(
  family: readonly string[],
  commands: readonly string[],
  signal: AbortSignal,
): Promise<Fields[]> {
  const { stdout } = await exec(['ip', '-json', ...family, '-force', '-batch', '-'], {
    input: commands.map((command) => `${command}\n`).join(''),
    answers: [1, 2, 255],
    signal,
  });
  return fieldsIn(stdout);
}

/** The objects of an output with one JSON array for each command. */
const fieldsIn = (text: string): Fields[] =>
  text.split('\n').flatMap((line) => listIn(attempt((): unknown => JSON.parse(line))));

const phrase = (...fields: readonly (readonly [string, unknown])[]): string =>
  fields.flatMap(([name, value]) => (word(value) === '' ? [] : [`${name} ${word(value)}`.trim()])).join(' ');

/**
 * The interfaces, addresses, routes and rules of this VM from ip(8), each as text. Excludes routes that the
 * kernel creates (for addresses, and from router advertisements), because they change without any command.
 * @returns undefined if ip (package iproute2) is not installed.
 */
export async function networkOf(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  if (which('ip') === undefined) return undefined;
  const routes = 'route show table all';
  // Without a family, ip shows the rules of IPv4, and everything else of both.
  const all = await ask([], ['address show', routes, 'rule show'], signal);
  const rules6 = await ask(['-6'], ['rule show'], signal);
  return new Set([...all, ...rules6].flatMap(linesOf));
}

/** An interface with its addresses, a rule or a route, as text. */
function linesOf(fields: Fields): string[] {
  const { ifname, addr_info, priority, dst, table } = fields;
  if (ifname !== undefined)
    return [
      phrase(['interface', ifname]),
      ...listIn(addr_info).map(
        ({ local, prefixlen }) => `address ${word(local)}/${word(prefixlen)} of ${word(ifname)}`,
      ),
    ];
  if (priority !== undefined) {
    const { src, srclen, fwmark } = fields;
    return [
      phrase(
        ['rule', priority],
        ['from', srclen === undefined ? src : `${word(src)}/${word(srclen)}`],
        ['to', dst],
        ['fwmark', fwmark],
        ['table', table],
      ),
    ];
  }
  const { type, protocol, gateway, dev } = fields;
  const isOfKernel =
    ['kernel', 'ra', 'redirect'].includes(word(protocol)) || ['local', 'multicast'].includes(word(type));
  return isOfKernel || dst === undefined
    ? []
    : [phrase(['route to', dst], ['via', gateway], ['dev', dev], ['table', table])];
}
