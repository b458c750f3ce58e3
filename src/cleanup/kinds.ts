import { pasteable } from '../host/exec/exec.js';
import type { Claims, Kind } from '../ledger/claims.js';
import type { Undo } from '../runtime/resource.js';
import { undoAttachment } from '../steps/attach.js';
import { undoDiscarded } from '../steps/discard.js';
import { undoExport } from '../steps/export/export.js';
import { undoMounts } from '../steps/host-mounts.js';
import { undoImage } from '../steps/image.js';
import { undoMountPoint } from '../steps/mount-point.js';
import { undoReplaced } from '../steps/replace.js';
import { undoExpired } from '../steps/retention/expired.js';
import { undoNames, undoSandbox } from '../steps/sandbox.js';
import { undoSnapshot } from '../steps/snapshot.js';
import { undoCopy } from '../steps/source-copy.js';
import { undoVolume } from '../steps/volume.js';
import { proveAttachment, proveCopy, proveImage, proveSnapshot, proveVolume } from './proof-in-cloud.js';
import { proveDirectory, proveMounts } from './proof-on-vm.js';
import type { Claimant, Prover } from './prover.js';

/**
 * What cleanup needs to know of a kind of resource. Where it lives and whether it is a product: see
 * ledger/claims.ts.
 */
interface ResourceKind<K extends Kind> {
  /** What a resource is called, and the commands that remove it by hand. */
  readonly describe: (data: Claims[K]) => Description;
  /** The function that the closing brace calls too. */
  readonly undo: Undo<K>;
  /** Proves that a resource belongs to its build, for a ledger that is not trusted. */
  readonly prove: Prover<K>;
  /** Whether `on_failure: keep` retains it. @param hasImage whether the build has an available OMI */
  readonly isRetained: (data: Claims[K], hasImage: boolean) => boolean;
  /** Whether its request can no longer be carried out once the volume of the build is deleted. */
  readonly needsVolume?: true;
}

export interface Description {
  readonly what: string;
  readonly id: string;
  readonly commands: readonly string[];
}

/** A call, and the parameter that takes the ID. */
type Call = readonly [name: string, parameter: string];
const deleteSnapshot: Call = ['DeleteSnapshot', 'SnapshotId'];
const deleteImage: Call = ['DeleteImage', 'ImageId'];

const described = (what: string, id: string, ...commands: string[]): Description => ({ what, id, commands });

/** A resource in the cloud, called by its ID, or by its token or name until it has one. */
const inCloud = (what: string, id: string | undefined, otherwise: string, call: Call): Description =>
  described(what, id ?? otherwise, ...(id ? [apiCommand(call, id)] : []));

const apiCommand = ([name, parameter]: Call, id: string): string =>
  pasteable(['osc-cli', 'api', name, `--${parameter}`, id]);

const parametersOf = (request: object): string[] =>
  Object.entries(request).flatMap(([name, value]) => [
    `--${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);

const never = (): boolean => false;

/** Only its own name is used for the undo, not the data of the ledger: see steps/sandbox.ts. */
const trusted = <K extends Kind>(data: Claims[K]): ReturnType<Prover<K>> => Promise.resolve({ data });

/** The replaced OMI is already deleted, and its snapshots are products: no tag or token proves the claim. */
const unprovable = (
  what: string,
  { header: { build, user } }: Claimant,
  did = 'replaced',
): { problem: string } => ({
  problem: `${what}: nothing proves that build ${build} ${did} it. The next build of user ${user} cleans it up.`,
});

/** The registry: one entry for each kind. */
export const kinds: { readonly [K in Kind]: ResourceKind<K> } = {
  directory: {
    describe: ({ path, parents = [] }) => described('folder', path, pasteable(['rmdir', path, ...parents])),
    undo: undoMountPoint,
    prove: proveDirectory,
    isRetained: never,
  },
  mounts: {
    describe: ({ path }) => described('mounts at', path, pasteable(['umount', '-R', path])),
    undo: undoMounts,
    prove: proveMounts,
    isRetained: never,
  },
  names: {
    describe: ({ path }) => described('folder', path, pasteable(['rm', '-r', path])),
    undo: undoNames,
    prove: trusted,
    isRetained: never,
  },
  namespace: {
    describe: ({ holder }) =>
      described(
        'namespaces of process',
        `${holder?.pid ?? 'unknown'}`,
        ...(holder ? [`kill -KILL ${holder.pid}`] : []),
      ),
    undo: undoSandbox,
    prove: trusted,
    isRetained: never,
  },
  volume: {
    describe: ({ id, token }) => inCloud('volume', id, token, ['DeleteVolume', 'VolumeId']),
    undo: undoVolume,
    prove: proveVolume,
    isRetained: ({ id }) => id !== undefined,
  },
  attachment: {
    describe: ({ volume }) => inCloud('attached volume', volume, '', ['UnlinkVolume', 'VolumeId']),
    undo: undoAttachment,
    prove: proveAttachment,
    isRetained: () => true,
    needsVolume: true,
  },
  snapshot: {
    describe: ({ id, token }) => inCloud('snapshot', id, token, deleteSnapshot),
    undo: undoSnapshot,
    prove: proveSnapshot,
    isRetained: ({ id }) => id !== undefined,
    needsVolume: true,
  },
  image: {
    describe: ({ id, name }) => inCloud('OMI', id, name, deleteImage),
    undo: undoImage,
    prove: proveImage,
    // An OMI that never became available is useless: it is deleted, and the replaced one is registered again.
    isRetained: ({ ready }) => ready === true,
  },
  copy: {
    describe: ({ id, name }) => inCloud('unfinished copy', id, name, deleteImage),
    undo: undoCopy,
    prove: proveCopy,
    isRetained: never,
  },
  replaced: {
    describe: ({ registration }) =>
      described(
        'OMI to register again',
        registration.ImageName,
        pasteable(['osc-cli', 'api', 'CreateImage', ...parametersOf(registration)]),
      ),
    undo: undoReplaced,
    prove: ({ registration }, _, by) => Promise.resolve(unprovable(`OMI ${registration.ImageName}`, by)),
    isRetained: (_, hasImage) => hasImage,
  },
  export: {
    describe: ({ of: id, bucket, prefix, task }) =>
      described(
        `export of ${id} to bucket ${bucket}, keys that begin with`,
        prefix === '' ? id : prefix,
        ...(task === undefined ? [] : [apiCommand(['DeleteExportTask', 'ExportTaskId'], task)]),
      ),
    undo: undoExport,
    prove: ({ bucket }, _, by) => Promise.resolve(unprovable(`objects of bucket ${bucket}`, by, 'exported')),
    isRetained: never,
  },
  discarded: {
    describe: ({ snapshots }) =>
      described(
        'replaced snapshots',
        snapshots.join(', '),
        ...snapshots.map((id) => apiCommand(deleteSnapshot, id)),
      ),
    undo: undoDiscarded,
    prove: ({ snapshots }, _, by) =>
      Promise.resolve(by.ledger.isFinalized ? unprovable(`snapshots ${snapshots.join(', ')}`, by) : 'gone'),
    isRetained: (_, hasImage) => hasImage,
  },
  expired: {
    describe: ({ image, snapshots }) =>
      described(
        `snapshots of the removed OMI ${image}:`,
        snapshots.join(', '),
        ...snapshots.map((id) => apiCommand(deleteSnapshot, id)),
      ),
    undo: undoExpired,
    prove: ({ image }, _, { header: { user } }) =>
      Promise.resolve({
        problem: `OMI ${image}: nothing proves that it had expired. The next build of user ${user} cleans it up.`,
      }),
    isRetained: never,
  },
};
