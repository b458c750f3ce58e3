import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from './action.js';
import type { TestCloud } from './cloud.js';
import { successful } from './process.js';

/** Accepts what the pages ask of it, and refuses everything else. */
const aptGet = `#!/bin/sh
case "$*" in
  update | clean | 'upgrade --yes' | 'install --yes '*) echo "apt-get $*" >> /var/apt-get.log ;;
  *) echo "apt-get: unexpected arguments: $*" >&2; exit 100 ;;
esac
`;

/**
 * Publishes the OMI that workflows of pages start from: the source of the tests with an `apt-get` that
 * records its arguments in /var/apt-get.log.
 * @returns its ID
 */
export async function publishWithApt(cloud: TestCloud): Promise<string> {
  const build = step(cloud, {
    inputs: { 'omi-name': 'Debian-12-2026.11.03-0', files: 'apt-get:/usr/bin/apt-get:0755' },
  });
  writeFileSync(join(build.workspace, 'apt-get'), aptGet);
  successful(await build.main());
  successful(await build.post());
  return build.outputs()['omi-id'] ?? '';
}
