/** The user on whose behalf a privileged process works. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/** The umask that the program was started under, once it works under the usual one. */
let theirs: number | undefined;

/** What goes into an image has the modes that it has everywhere, whatever the umask of who started the program. */
export function workUnderUsualUmask(): void {
  theirs = process.umask(0o022);
}

/**
 * Runs synchronous work with the user's own rights and umask, so that what it writes is the user's and not root's, and so
 * that what the user may not write stays as it is.
 */
export function asUser<T>(user: User, work: () => T): T {
  const usual = theirs === undefined ? undefined : process.umask(theirs);
  try {
    return withRightsOf(user, work);
  } finally {
    if (usual !== undefined) process.umask(usual);
  }
}

function withRightsOf<T>(user: User, work: () => T): T {
  if (process.geteuid?.() !== 0 || user.uid === 0) return work();
  process.setegid?.(user.gid);
  process.seteuid?.(user.uid);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
