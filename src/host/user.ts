/** The user on whose behalf a privileged process works. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/**
 * Runs synchronous work with the user's own rights, so that what it writes is the user's and not root's, and so
 * that what the user may not write stays as it is.
 */
export function asUser<T>(user: User, work: () => T): T {
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
