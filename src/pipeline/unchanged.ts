import type { BuildConfig } from '../config/options/table.js';
import { lockDigest } from '../fleet/digest-lock.js';
import type { VmFacts } from '../host/vm.js';
import { unknownAccount } from '../outscale/calls/account.js';
import type { Tools } from '../runtime/tools.js';
import { originOf } from '../steps/build-context.js';
import { labelsOf, templateData } from '../steps/labels.js';
import { digestOf } from '../steps/reuse/digest.js';
import { exportedIn } from '../steps/reuse/exported.js';
import { findUnchangedImage } from '../steps/reuse/find.js';
import type { FoundImage } from '../steps/reuse/found.js';
import { reuseImage } from '../steps/reuse/take.js';
import { contentOfTasks } from '../steps/reuse/task-content.js';
import { wantedImage } from '../steps/reuse/wanted.js';
import type { Task } from '../steps/scripts.js';
import { type Resolved, resolveBuild } from './checks.js';
import type { Outcome } from './publish.js';
import { reportIds } from './regions/ids.js';
import { copiedTo, copiesOf } from './reused-copies.js';

/** The search for an OMI that is what this build would create. */
interface Search {
  readonly resolved: Resolved;
  /** The digest of what the build builds from; undefined if it cannot be known. */
  readonly digest: () => Promise<string | undefined>;
  /** Looks for an OMI with a digest. Changes nothing. */
  readonly find: (digest: string) => Promise<FoundImage | undefined>;
}

/** The result of the search. It keeps builds of the same digest apart until it is disposed of. */
interface Unchanged extends Disposable {
  /** The OMI found, as the outcome of the build. */
  readonly outcome: Outcome | undefined;
  /** Undefined if the build did not search. */
  readonly resolved: Resolved | undefined;
  /** The digest for the tag of the new OMI; undefined if no later build may reuse it. */
  readonly digest: () => Promise<string | undefined>;
}

const phase = 'Look for unchanged OMI';

/**
 * With `reuse: unchanged`, looks for an OMI that was built from the same, and takes it. If there is none, no
 * other build of the user on this VM builds from the same until the result is disposed of.
 * @throws as resolveBuild; ApiError if the API refuses a call
 */
export async function lookForUnchanged(
  config: BuildConfig,
  tasks: readonly Task[],
  vm: VmFacts,
  tools: Tools,
): Promise<Unchanged> {
  const unchanged =
    config.image.reuse === 'never'
      ? nothing()
      : await tools.report.phase(phase, async () => await takeUnchanged(config, tasks, vm, tools));
  tools.report.output('reused', String(unchanged.outcome !== undefined));
  return unchanged;
}

/** With `reuse: unchanged`, looks for an OMI that was built from the same. Changes nothing. */
export async function findUnchanged(
  config: BuildConfig,
  tasks: readonly Task[],
  vm: VmFacts,
  tools: Tools,
): Promise<{ readonly resolved: Resolved; readonly found: FoundImage | undefined } | undefined> {
  if (config.image.reuse === 'never') return undefined;
  return await tools.report.phase(phase, async () => {
    const { resolved, digest, find } = await startSearch(config, tasks, vm, tools);
    const known = await digest();
    return { resolved, found: known === undefined ? undefined : await find(known) };
  });
}

const nothing = (resolved?: Resolved): Unchanged => ({
  outcome: undefined,
  resolved,
  digest: () => Promise.resolve(undefined),
  [Symbol.dispose]: () => {},
});

async function startSearch(
  config: BuildConfig,
  tasks: readonly Task[],
  vm: VmFacts,
  tools: Tools,
): Promise<Search> {
  const resolved = await resolveBuild(config, vm, tools);
  const { context, texts } = resolved;
  const { account, source } = context;
  const data = templateData(context, tools.build.id);
  return {
    resolved,
    digest: async () => {
      if (account === unknownAccount) {
        tools.report.notice('reuse: the account is unknown, so that no OMI is reused');
        return undefined;
      }
      const content = await contentOfTasks(tasks, tools.build.workspace);
      if (content !== undefined) return await digestOf({ config, tasks: content, source, data });
      tools.report.notice('reuse: a file to copy does not exist yet, so that no OMI is reused');
      return undefined;
    },
    find: async (digest) =>
      await findUnchangedImage(
        await wantedImage(
          digest,
          { account, labels: labelsOf(texts) },
          config.image,
          data,
          async (image, wanted) => await copiesOf(image, wanted, config, { context, data }, tools),
        ),
        tools,
      ),
  };
}

async function takeUnchanged(
  config: BuildConfig,
  tasks: readonly Task[],
  vm: VmFacts,
  tools: Tools,
): Promise<Unchanged> {
  const { resolved, digest, find } = await startSearch(config, tasks, vm, tools);
  const known = await digest();
  if (known === undefined) return nothing(resolved);
  let found: FoundImage | undefined;
  const lock = await lockDigest({
    directory: config.running.state_dir,
    user: tools.build.user,
    digest: known,
    signal: tools.signal,
    isNeeded: async () => {
      found = await find(known);
      if (found === undefined)
        tools.report.info('Another build on this VM is building the same OMI: waiting for it');
      return found === undefined;
    },
    warn: (line) => tools.report.warn(line),
  });
  try {
    found ??= await find(known);
    if (found !== undefined) await reuseImage(found, tools);
    if (found !== undefined && config.copies.omi_regions.length > 0)
      reportIds({ vm }, found, copiedTo(found), tools);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
  if (found === undefined) {
    tools.report.info(`No OMI of this account has the digest ${known}`);
    return {
      outcome: undefined,
      resolved,
      digest: async () => await confirmed(known, digest, tools),
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  }
  lock[Symbol.dispose]();
  return { ...nothing(resolved), outcome: outcomeOf(found, resolved, tools) };
}

/** The digest if the files to copy have not changed while the image was built. */
async function confirmed(
  before: string,
  digest: Search['digest'],
  tools: Tools,
): Promise<string | undefined> {
  if ((await digest()) === before) return before;
  tools.report.notice('reuse: a file to copy was changed during the build, so that no later build reuses it');
  return undefined;
}

function outcomeOf(found: FoundImage, { context }: Resolved, tools: Tools): Outcome {
  const { id, name, snapshot, copies } = found;
  const origin = originOf(context);
  const exported = exportedIn(copies.outputs);
  if (origin !== undefined) tools.report.output('source-omi-id', origin.id);
  return {
    image: { id, name },
    snapshot: { id: snapshot.id },
    volume: { size: snapshot.size },
    ...(exported === undefined ? {} : { exported }),
    isReused: true,
    copies: copiedTo(found),
  };
}
