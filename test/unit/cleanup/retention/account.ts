import type { Inventory } from '../../../../src/cleanup/retention/inventory.js';
import type { Image, Operation, RequestOf, ResponseOf, Snapshot, Vm } from '../../../../src/outscale/api.js';
import type { Cloud } from '../../../../src/outscale/client/client.js';
import { ApiError } from '../../../../src/outscale/errors.js';

const account = '123456789012';

/** What a call does besides what it asks for: it can throw, or change the response. */
type Death = (operation: Operation, call: number) => 'before' | 'after' | undefined;

/** An account in memory with OMIs of a family, as far as retention uses it. */
export interface MemoryAccount {
  readonly images: Map<string, Image>;
  readonly snapshots: Map<string, Snapshot>;
  vms: Vm[];
  /** The operations that were called, in order. */
  readonly calls: Operation[];
  /** When a call kills the process: before or after it is carried out. */
  fault: Death;
  readonly cloud: Cloud;
}

/** The process is killed: nothing of it runs any more. */
export class Killed extends Error {}

const refused = (operation: string, code: string): ApiError =>
  new ApiError(operation, { status: 409, code }, 'r');

const maps = ({ BlockDeviceMappings = [] }: Image, snapshot = ''): boolean =>
  BlockDeviceMappings.some(({ Bsu }) => Bsu?.SnapshotId === snapshot);

/** An account with OMIs of the family `web`, of these ages in days. */
export const accountWith = (days: readonly number[]): MemoryAccount =>
  accountOf({
    images: days.map(imageOf),
    snapshots: days.map(snapshotOf),
    vms: [{ VmId: 'i-this', ImageId: 'ami-base', State: 'running' }],
  });

/** An account with these resources. */
export function accountOf({ images, snapshots, vms }: Omit<Inventory, 'account'>): MemoryAccount {
  const made: MemoryAccount = {
    images: new Map(images.map((image) => [image.ImageId ?? '', image])),
    snapshots: new Map(snapshots.map((snapshot) => [snapshot.SnapshotId ?? '', snapshot])),
    vms: [...vms],
    calls: [],
    fault: () => undefined,
    cloud: {
      endpoint: '',
      with: () => made.cloud,
      call: async (operation, request, watch) => {
        watch?.sent();
        const when = made.fault(operation, made.calls.push(operation));
        if (when === 'before') throw new Killed();
        try {
          const response = respond(made, operation, request);
          if (when === 'after') throw new Killed();
          return await Promise.resolve(response);
        } catch (error) {
          if (!(error instanceof Killed)) watch?.failed(false);
          throw error;
        }
      },
    },
  };
  return made;
}

const imageOf = (day: number): Image => ({
  AccountId: account,
  ImageId: `ami-${day}`,
  ImageName: `web ${day}`,
  State: 'available',
  CreationDate: new Date(Date.now() - day * 86_400_000).toISOString(),
  RootDeviceName: '/dev/sda1',
  BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: `snap-${day}` } }],
  PermissionsToLaunch: { AccountIds: [account] },
  Tags: [{ Key: 'build-omi:family', Value: 'web' }],
});

const snapshotOf = (day: number): Snapshot => ({
  AccountId: account,
  SnapshotId: `snap-${day}`,
  State: 'completed',
  PermissionsToCreateVolume: {},
  Tags: [{ Key: 'build-omi:build-id', Value: `${day}` }],
});

type Filters = Record<string, readonly string[] | undefined>;

function respond<Op extends Operation>(
  { images, snapshots, vms }: MemoryAccount,
  operation: Op,
  request: RequestOf<Op>,
): ResponseOf<Op> {
  const asked: { Filters?: Filters; ImageId?: string; SnapshotId?: string } = JSON.parse(
    JSON.stringify(request),
  );
  const { Filters: filters = {}, ImageId = '', SnapshotId = '' } = asked;
  const answers: Partial<Record<Operation, () => object>> = {
    ReadAccounts: () => ({ Accounts: [{ AccountId: account }] }),
    ReadVms: () => ({ Vms: vms }),
    ReadImages: () => ({
      Images: [...images.values()].filter(
        (image) =>
          filters.ImageIds?.includes(image.ImageId ?? '') !== false &&
          filters.BlockDeviceMappingSnapshotIds?.some((id) => maps(image, id)) !== false,
      ),
    }),
    ReadSnapshots: () => ({
      Snapshots: [...snapshots.values()].filter(
        (snapshot) => filters.SnapshotIds?.includes(snapshot.SnapshotId ?? '') !== false,
      ),
    }),
    DeleteImage: () => {
      if (!images.delete(ImageId)) throw refused(operation, '5023');
      return {};
    },
    DeleteSnapshot: () => {
      if ([...images.values()].some((image) => maps(image, SnapshotId))) throw refused(operation, '9094');
      if (!snapshots.delete(SnapshotId)) throw refused(operation, '5054');
      return {};
    },
  };
  const answer = answers[operation];
  if (answer === undefined) throw new Error(`${operation} is not expected`);
  return JSON.parse(JSON.stringify(answer()));
}
