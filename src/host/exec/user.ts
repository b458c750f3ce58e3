/** The user for whom a privileged process works. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/** The umask that the program was started with, once it has been replaced. */
let userUmask: number | undefined;

/** Sets umask 022, so that the modes of files in an image do not depend on the user's umask. */
export function workUnderUsualUmask(): void {
  userUmask = process.umask(0o022);
}

/**
 * Runs synchronous work with the user's permissions and umask. The user owns the files that it creates, and
 * it cannot write files that the user cannot write.
 */
export function asUser<T>(user: User, work: () => T): T {
  const usual = userUmask === undefined ? undefined : process.umask(userUmask);
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
