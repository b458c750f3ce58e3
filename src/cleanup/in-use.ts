import { lstatSync } from 'node:fs';
import { attempt, ownPerlNamed } from '../host/proc/processes.js';
import { namespaceName } from '../host/sandbox/namespaces.js';
import { lockHolderName } from '../ledger/lock-holder.js';
import { readLedger } from '../ledger/read.js';
import { LedgerStore } from '../ledger/store.js';
import { type Located, livenessOf } from './alive.js';

/** Another build of this VM that lives. */
interface LivingBuild extends Located {
  /**
   * Whether what it claims counts by itself. Another user's ledger counts only where the kernel shows that it is a
   * build's: else anybody could have every other build refused.
   */
  readonly isBelieved: () => boolean;
}

/**
 * The mount points of the builds of this VM that live, of all users, but for one build.
 * @param uid the user of that build
 */
export function pathsInUse(directory: string, except: string, uid: number): string[] {
  return livingBuilds(directory, except, uid).flatMap(({ ledger, files, isBelieved }) => {
    const paths = ledger.openOf('directory').map(({ data }) => data.path);
    return paths.length > 0 && isBelieved() ? paths : paths.filter((path) => isOwnedBy(files.uid, path));
  });
}

/**
 * The OMIs that these builds will register in an account: the ID of the build by the name of its OMI.
 * @param uid as for `pathsInUse`
 */
export function namesInUse(
  directory: string,
  except: string,
  uid: number,
  account: string,
): ReadonlyMap<string, string> {
  return new Map(
    livingBuilds(directory, except, uid).flatMap(({ header, ledger, isBelieved }): [string, string][] => {
      const { imageName: name, isFinalized } = ledger;
      if (name === undefined || isFinalized || header.account !== account) return [];
      return isBelieved() ? [[name, header.build]] : [];
    }),
  );
}

function livingBuilds(directory: string, except: string, uid: number): LivingBuild[] {
  const everybody = { uid: 0, gid: 0, name: 'root', home: '/root' };
  const all = LedgerStore.all(directory, everybody).flatMap((files) =>
    files.builds().flatMap((id): Located[] => {
      // What is no ledger, or not one that this version reads, recovery tells of.
      const found = id === except ? undefined : attempt(() => readLedger(id, files, () => {}));
      return found === undefined ? [] : [{ ...found, files }];
    }),
  );
  const liveness = livenessOf(all);
  return all
    .filter((_, index) => liveness[index] !== 'dead')
    .map((one) => ({ ...one, isBelieved: () => [0, uid].includes(one.files.uid) || hasProcess(one) }));
}

/** Whether a process of root's that only a build starts is there for it. */
const hasProcess = ({ header: { build }, files }: Located): boolean =>
  [namespaceName(build, files.uid), lockHolderName(build)].some((name) => ownPerlNamed(name).length > 0);

/** The folder that the builds of all users have in common is never one build's, whoever owns it. */
const isOwnedBy = (uid: number, path: string): boolean =>
  path !== '/mnt/build-omi' && attempt(() => lstatSync(path))?.uid === uid;
