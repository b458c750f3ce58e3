import { lstatSync } from 'node:fs';
import { isAtOrBelow } from '../host/proc/mountinfo.js';
import { attempt, ownPerlNamed } from '../host/proc/processes.js';
import { namespaceName } from '../host/sandbox/namespaces.js';
import { lockHolderName } from '../ledger/lock-holder.js';
import { readLedger } from '../ledger/read.js';
import { LedgerStore } from '../ledger/store.js';
import { type Located, livenessOf } from './alive.js';

/** Another running build of this VM. */
interface LivingBuild extends Located {
  /**
   * Whether its claims are trusted. The ledger of another user is trusted only if the kernel shows a process
   * of the build: else any user could block the builds of all others.
   */
  readonly isBelieved: () => boolean;
}

/**
 * The mount points of the running builds of this VM, of all users, that are at, above or below a path.
 * @param except the build that asks
 * @param uid its user
 */
export async function pathsInUse(
  directory: string,
  except: string,
  uid: number,
  path: string,
): Promise<string[]> {
  // Any user can write a ledger, so its claims can be of any form.
  const near = ({ ledger }: Located): string[] =>
    attempt(() =>
      ledger
        .openOf('directory')
        .map(({ data }) => data.path)
        .filter((one) => isAtOrBelow(one, path) || isAtOrBelow(path, one)),
    ) ?? [];
  const all = ledgersOf(directory, except).filter((one) => near(one).length > 0);
  return (await livingBuilds(all, uid)).flatMap((one) => {
    const { files, isBelieved } = one;
    const paths = near(one);
    return isBelieved() ? paths : paths.filter((used) => isOwnedBy(files.uid, used));
  });
}

/**
 * The names of the OMIs that these builds will register in an account, each with the ID of its build.
 * @param uid as for `pathsInUse`
 */
export async function namesInUse(
  directory: string,
  except: string,
  uid: number,
  account: string,
): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await livingBuilds(ledgersOf(directory, except), uid)).flatMap(
      ({ header, ledger, isBelieved }): [string, string][] => {
        const { imageName: name, isFinalized } = ledger;
        if (name === undefined || isFinalized || header.account !== account) return [];
        return isBelieved() ? [[name, header.build]] : [];
      },
    ),
  );
}

/**
 * The device names that the builds of this VM have requested, of all users, except one build. Those of dead
 * builds count too: there are hundreds of names. Nothing may depend on them, as any user can write a ledger.
 */
export const devicesInUse = (directory: string, except: string): string[] =>
  ledgersOf(directory, except).flatMap(
    ({ ledger }) => attempt(() => ledger.openOf('attachment').map(({ data }) => data.device)) ?? [],
  );

async function livingBuilds(all: readonly Located[], uid: number): Promise<LivingBuild[]> {
  const liveness = await livenessOf(all);
  return all
    .filter((_, index) => liveness[index] !== 'dead')
    .map((one) => ({ ...one, isBelieved: () => [0, uid].includes(one.files.uid) || hasProcess(one) }));
}

/** The ledgers of this VM, of all users, except that of one build. */
function ledgersOf(directory: string, except: string): Located[] {
  const everybody = { uid: 0, gid: 0, name: 'root', home: '/root' };
  return LedgerStore.all(directory, everybody).flatMap((files) =>
    files.builds().flatMap((id): Located[] => {
      // Recovery warns about files that this version cannot read.
      const found = id === except ? undefined : attempt(() => readLedger(id, files, () => {}));
      return found === undefined ? [] : [{ ...found, files }];
    }),
  );
}

/** Whether root has a process that only a build starts. */
const hasProcess = ({ header: { build }, files }: Located): boolean =>
  [namespaceName(build, files.uid), lockHolderName(build)].some((name) => ownPerlNamed(name).length > 0);

/**
 * Whether a user owns a path. The directory that the builds of all users share belongs to no single build.
 */
const isOwnedBy = (uid: number, path: string): boolean =>
  path !== '/mnt/build-omi' && attempt(() => lstatSync(path))?.uid === uid;
