import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/host/exec/exec.js';

/** A folder of the VM that the links of a hostile image aim at. */
export interface Canary {
  readonly path: string;
  /** The recorded state of the directory and its content. */
  inspect(): Promise<string>;
}

/** Makes one in a folder of the test's own, with what such links look for. */
export function makeCanary(folder: string): Canary {
  const path = join(folder, 'victim');
  for (const name of ['proc', 'sys', 'dev', 'run', 'sbin']) mkdirSync(join(path, name), { recursive: true });
  for (const file of ['file', 'resolv.conf', 'motd', 'policy-rc.d', 'dev/null'])
    writeFileSync(join(path, file), 'precious\n');
  const list = `find . -printf '%p %y %m %U:%G %s %T@ %C@ %l\\n' | sort; find . -type f -exec sha256sum {} + | sort`;
  return { path, inspect: async () => (await exec(['sh', '-c', `cd "$1"; ${list}`, 'sh', path])).stdout };
}
