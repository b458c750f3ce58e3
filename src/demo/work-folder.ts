import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeEmulator } from '../emulator/emulator.js';
import type { User } from '../host/exec/user.js';
import { identifySelf, isAlive, type ProcessIdentity } from '../host/proc/identity.js';

const prefix = 'build-omi-demo-';
/** File with the identity of the process that a directory belongs to. */
const ownerFile = 'owner.json';

/** Creates the directory of a demo, and removes those of killed demos with their disks. */
export async function makeWorkFolder(user: User): Promise<string> {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (name.startsWith(prefix) && isOrphaned(folder, user)) await removeWorkFolder(folder);
  }
  const work = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(work, ownerFile), JSON.stringify(identifySelf()));
  chownSync(work, user.uid, user.gid);
  return work;
}

export async function removeWorkFolder(work: string): Promise<void> {
  const cloud = join(work, 'cloud');
  if (existsSync(cloud)) await removeEmulator(cloud);
  rmSync(work, { recursive: true, force: true });
}

/** Whether the directory is this user's and its process has ended. Any user can create that name in /tmp. */
function isOrphaned(folder: string, { uid }: User): boolean {
  try {
    if (statSync(folder).uid !== uid) return false;
    const owner: unknown = JSON.parse(readFileSync(join(folder, ownerFile), 'utf8'));
    return isIdentity(owner) && !isAlive(owner);
  } catch {
    return false;
  }
}

const isIdentity = (value: unknown): value is ProcessIdentity =>
  typeof value === 'object' && value !== null && 'pid' in value && 'start' in value && 'boot' in value;
