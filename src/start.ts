/**
 * What each file of dist/ runs before the program is loaded: it refuses a node that is too old, and lets node
 * reuse the code that it compiled for an earlier build. It has no imports but those of node, and is the only
 * file that does its work when it is imported. Its syntax is that of old nodes, too.
 */
import { lstatSync, type Stats } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';

/** The oldest supported node, of package.json. An older one would fail in the middle of a build. */
const oldestNode = 20;

const { env, versions, execPath } = process;
if (!(Number.parseInt(versions.node, 10) >= oldestNode)) {
  console.log(
    `${env.GITHUB_ACTIONS ? '::error::' : ''}build-omi needs node ${oldestNode} or newer, and this is node ${versions.node} (${execPath}). Install a newer node, or name its path.`,
  );
  process.exit(1);
}

const user = process.geteuid?.() ?? 0;
const state = env['INPUT_STATE-DIR'] || env.BUILD_OMI_STATE_DIR || '/var/lib/build-omi';
const cache = join(state, `${user}.shared`, 'compile-cache');
// The program makes it. Node 20 has no such cache.
if (isPrivate(cache) && isOutOfReach(dirname(cache))) module.enableCompileCache?.(cache);

/** Whether it is a directory that only this user can read. */
function isPrivate(path: string): boolean {
  const stat = directory(path);
  return stat?.uid === user && (stat.mode & 0o077) === 0;
}

/** Whether no other user can replace the directory or one above it: node runs what it finds in its cache. */
function isOutOfReach(path: string): boolean {
  const stat = directory(path);
  if (stat === undefined || ![0, user].includes(stat.uid)) return false;
  // In a sticky directory others cannot rename what they do not own.
  const isSafe = (stat.mode & 0o022) === 0 || (stat.mode & 0o1000) !== 0;
  return isSafe && (dirname(path) === path || isOutOfReach(dirname(path)));
}

function directory(path: string): Stats | undefined {
  try {
    const stat = lstatSync(path);
    return stat.isDirectory() ? stat : undefined;
  } catch {
    return undefined;
  }
}
