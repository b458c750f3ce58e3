import { exec } from '../exec/exec.js';

/** What blkid(8) finds on a device: values by name. */
export type Facts = ReadonlyMap<string, string>;

/**
 * The facts of each device in the output of `blkid --output export`: lines NAME=VALUE, of each device
 * DEVNAME first. blkid escapes shell characters with a backslash.
 */
export function parseProbe(text: string): Map<string, Facts> {
  const devices = new Map<string, Map<string, string>>();
  let device = '';
  for (const line of text.split('\n').filter((one) => one.includes('='))) {
    const equals = line.indexOf('=');
    const [name, value] = [line.slice(0, equals), line.slice(equals + 1).replace(/\\(.)/g, '$1')];
    if (name === 'DEVNAME') device = value.replace('/dev/', '');
    devices.set(device, (devices.get(device) ?? new Map<string, string>()).set(name, value));
  }
  return devices;
}

/**
 * What low-level probing finds on devices, never a cache. Code 2 means: nothing known (blkid(8)). Of several
 * devices, blkid leaves out those after one with such a code, so each that is left out is probed alone.
 */
export async function probe(names: readonly string[], signal: AbortSignal): Promise<Map<string, Facts>> {
  const paths = names.map((name) => `/dev/${name}`);
  const { stdout } = await exec(['blkid', '--probe', '--output', 'export', ...paths], {
    answers: [2],
    signal,
  });
  const found = parseProbe(stdout);
  const absent = names.length === 1 ? [] : names.filter((name) => !found.has(name));
  const others = await Promise.all(absent.map(async (name) => await probe([name], signal)));
  return new Map([...found, ...others.flatMap((one) => [...one])]);
}
