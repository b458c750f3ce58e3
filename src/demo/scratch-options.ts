import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AptSource } from './apt-source.js';

/**
 * The options that build the example debian-from-scratch as a source for another build: with the mirror of
 * this machine, and without a boot test.
 * @param work a directory for the settings of apt
 */
export function scratchOptions(
  name: string,
  work: string,
  { mirror, proxy, settings }: AptSource,
): Readonly<Record<string, string>> {
  const apt = join(work, 'apt.conf');
  writeFileSync(apt, settings);
  return {
    'omi-name': name,
    'boot-test': '[]',
    env: JSON.stringify({
      SUITE: 'bookworm',
      MIRROR: mirror,
      ...(proxy === '' ? {} : { http_proxy: proxy }),
      ...(settings === '' ? {} : { APT_SETTINGS: apt }),
    }),
  };
}
