import { basename, dirname } from 'node:path';
import { mount } from '../config/options/mount.js';
import type { ImageTree } from '../host/image/image-fs.js';
import type { InjectedFile } from '../host/image/inject.js';
import { filesToInject } from '../host/image/injected-files.js';
import { restore } from '../host/image/restore.js';
import type { RetainedSetup } from '../ledger/retained-setup.js';
import type { Tools } from '../runtime/tools.js';
import {
  type Chroot,
  endProcesses,
  enterChroot,
  type PreparedChroot,
  prepareChroot,
  removeMountPoints,
  restoreImage,
} from '../steps/chroot.js';
import { remount } from '../steps/inspect/remount.js';
import type { RetainedDisk } from '../steps/inspect/retained-disk.js';
import { createMountPoint } from '../steps/mount-point.js';
import type { Root } from '../steps/root.js';
import { openSandbox, startSandbox, watchNetwork } from '../steps/sandbox.js';

/**
 * Opens the chroot of a retained volume as the scripts of its build had it, and closes it when `work` has
 * ended: no process, mount or temporary file of it remains.
 */
export async function inspect<T>(
  retained: RetainedDisk,
  setup: RetainedSetup,
  work: (chroot: Chroot) => Promise<T>,
  tools: Tools,
): Promise<T> {
  await using mountPoint = await createMountPoint(
    retained.disk,
    { mount_path: mount.mount_path.default ?? '' },
    tools,
  );
  await using _network = await watchNetwork(tools);
  await using namespaces = startSandbox(tools);
  await using sandbox = await openSandbox(namespaces, tools);
  const root = await remount(sandbox.value, retained, mountPoint.value, tools);
  const { image, changed } = await reprepare(root, setup, tools);
  await using chroot = closing(await enterChroot(sandbox.value, image, tools), changed, tools);
  return await work(chroot.value);
}

/**
 * Prepares the image for scripts. What an earlier failed build or killed shell left of that is removed first.
 * A file that a script wrote in place of an injected one stays.
 */
async function reprepare(
  root: Root,
  setup: RetainedSetup,
  tools: Tools,
): Promise<{ readonly image: PreparedChroot; readonly changed: readonly InjectedFile[] }> {
  const { ledger, report } = tools;
  const { loans, made } = root.disk.claim.data.furnished ?? { loans: [], made: [] };
  const changed: InjectedFile[] = [];
  for (const injected of loans.toReversed())
    if (!(await restore(root.tree, injected, (line) => report.warn(line)))) changed.push(injected);
  const own = new Set(changed.map((one) => (one.kind === 'placed' ? one.path : undefined)));
  const { files, notices } = filesToInject(setup.copy_files, setup.from_scratch);
  for (const line of notices) report.notice(line);
  const image = await prepareChroot(
    { ...root, made },
    files,
    { source: setup, mount: setup, provision: setup },
    tools,
    (path) => own.has(resolved(root.tree, path)),
  );
  ledger.update(root.disk.claim, {
    furnished: { loans: [...changed, ...image.injectedFiles], made: image.made },
  });
  return { image, changed };
}

/** The path of a file with the links in the path of its directory followed, as `inject` records it. */
function resolved(tree: ImageTree, path: string): string {
  const folder = tree.resolve(dirname(path));
  return `${folder === '/' ? '' : folder}/${basename(path)}`;
}

/**
 * Removes what is in the image for scripts only, at the end of the block.
 * @param changed the injected files that scripts have changed before
 */
const closing = (
  chroot: Chroot,
  changed: readonly InjectedFile[],
  tools: Tools,
): AsyncDisposable & { readonly value: Chroot } => ({
  value: chroot,
  [Symbol.asyncDispose]: async () => {
    const undo = tools.forCleanup();
    await endProcesses(chroot, undo);
    const loans = [...changed, ...(await restoreImage(chroot, undo))];
    await removeMountPoints(chroot, undo);
    tools.ledger.update(chroot.disk.claim, { furnished: { loans, made: [] } });
  },
});
