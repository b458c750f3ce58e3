import type { EarlierWait } from '../common/poll-times.js';
import { attempt } from '../host/proc/processes.js';
import type { Image, Snapshot, Volume } from '../outscale/api.js';
import type { CallWatch, Cloud } from '../outscale/client/client.js';
import { isTransient } from '../outscale/errors.js';
import { askUnlessAnswered, sendTime, sinceBoot, type VmTime } from './ask.js';
import type { ReadBoard } from './read-board.js';

/** Reads a resource of one kind; undefined if the account has no such resource. */
type ReadOne<Item> = (id: string, isDone?: (item: Item) => boolean) => Promise<Item | undefined>;

/**
 * Reads resources that a build waits for.
 * @param isDone whether the wait is over. An answer of another build that shows that counts at any age
 */
export interface WaitReads {
  readonly volume: ReadOne<Volume>;
  readonly snapshot: ReadOne<Snapshot>;
  readonly image: ReadOne<Image>;
  /** The reads of other builds include the resource from now on; else they do from its first read. */
  announce(kind: 'volume' | 'snapshot' | 'image', id: string): void;
  /** When the last two reads were sent. A read counts as sent when another build sent it. */
  times(): EarlierWait;
  /** Ends the wait. */
  end(): void;
}

interface Kind<Item extends object> {
  readonly operation: string;
  readonly isItem: (item: object) => item is Item;
  readonly idOf: (item: Item) => string | undefined;
  readonly read: (cloud: Cloud, ids: string[], watch?: CallWatch) => Promise<Item[] | undefined>;
}

const volumes: Kind<Volume> = {
  operation: 'ReadVolumes',
  isItem: (item): item is Volume => 'VolumeId' in item,
  idOf: ({ VolumeId }) => VolumeId,
  read: async (cloud, VolumeIds, watch) =>
    (await cloud.call('ReadVolumes', { Filters: { VolumeIds } }, watch)).Volumes,
};
const snapshots: Kind<Snapshot> = {
  operation: 'ReadSnapshots',
  isItem: (item): item is Snapshot => 'SnapshotId' in item,
  idOf: ({ SnapshotId }) => SnapshotId,
  read: async (cloud, SnapshotIds, watch) =>
    (await cloud.call('ReadSnapshots', { Filters: { SnapshotIds } }, watch)).Snapshots,
};
const images: Kind<Image> = {
  operation: 'ReadImages',
  isItem: (item): item is Image => 'ImageId' in item,
  idOf: ({ ImageId }) => ImageId,
  read: async (cloud, ImageIds, watch) =>
    (await cloud.call('ReadImages', { Filters: { ImageIds } }, watch)).Images,
};

const operations = {
  volume: volumes.operation,
  snapshot: snapshots.operation,
  image: images.operation,
} as const;

/** An answer that does not show the end may be this old: milliseconds, and share of the time waited. */
const fresh = { ms: 100, share: 0.03 };

/**
 * The reads of one wait. They name the resources of all waits of this user's builds, and leave the answer for
 * these. An answer of another build counts if it was requested after this wait began, and just now. Without a
 * board, or if it cannot be used, each build reads for itself.
 * @param due when this wait is expected to have ended, in milliseconds from now: until a read was sent after
 *   that, only such an answer counts. But while an own read waits for its turn, the others count, too
 */
export function waitReads(
  cloud: Cloud,
  board: ReadBoard | undefined,
  signal: AbortSignal,
  due: number = Infinity,
  time: VmTime = sinceBoot,
): WaitReads {
  const start = time.clock();
  let times: EarlierWait = { ms: 0, before: 0 };
  const answered = <T>(answer: T, asked: number): T => {
    if (asked - start !== times.ms) times = { ms: asked - start, before: times.ms };
    return answer;
  };
  const announced = new Map<string, { readonly operation: string; readonly id: string }>();

  const announce = (operation: string, id: string): void => {
    attempt(() => board?.announce(operation, id));
    announced.set(`${operation} ${id}`, { operation, id });
  };

  const read = async <Item extends object>(
    kind: Kind<Item>,
    id: string,
    isDone: (item: Item) => boolean = () => false,
  ): Promise<Item | undefined> => {
    const now = time.clock();
    const recent = Math.max(start, now - Math.max(fresh.ms, fresh.share * (now - start)));
    const isDue = now >= start + due && times.ms < due;
    const idIn = (items: readonly Item[]): Item | undefined => items.find((item) => kind.idOf(item) === id);
    const shared = (oldest: number): Item[] | undefined => {
      const answer = attempt(() => board?.answer(kind.operation));
      if (answer === undefined || !answer.ids.includes(id)) return undefined;
      // Times in the future are of an earlier boot.
      if (answer.asked < start || answer.asked > time.clock()) return undefined;
      const items = answer.items.filter(kind.isItem);
      const found = idIn(items);
      const isCurrent = answer.asked >= oldest || (found !== undefined && isDone(found));
      return isCurrent ? answered(items, answer.asked) : undefined;
    };
    const askAlone = async (): Promise<Item[]> => {
      const sent = sendTime(time);
      const items = (await kind.read(cloud, [id], sent.watch)) ?? [];
      return answered(items, sent.at() ?? start);
    };
    const ask = async (): Promise<Item[]> => {
      const others = attempt(() => board?.waiting(kind.operation)) ?? [];
      const ids = [...new Set([id, ...others])];
      if (ids.length === 1 || board === undefined) return await askAlone();
      const { answer: items, asked } = await askUnlessAnswered(
        async (stop, watch) => (await kind.read(cloud.with(stop), ids, watch)) ?? [],
        () => shared(recent),
        signal,
        time,
      );
      if (asked === undefined) return items;
      attempt(() => board.publish(kind.operation, { asked, ids, items }));
      return answered(items, asked);
    };
    announce(kind.operation, id);
    const items =
      shared(isDue ? start + due : recent) ??
      (await ask().catch(async (error: unknown) => {
        // Another build's resource must not end this wait: its own read tells the reason.
        signal.throwIfAborted();
        if (isTransient(error)) throw error;
        return await askAlone();
      }));
    return idIn(items);
  };

  return {
    volume: async (id, isDone) => await read(volumes, id, isDone),
    snapshot: async (id, isDone) => await read(snapshots, id, isDone),
    image: async (id, isDone) => await read(images, id, isDone),
    announce: (kind, id) => announce(operations[kind], id),
    times: () => times,
    end: () => {
      for (const { operation, id } of announced.values()) attempt(() => board?.withdraw(operation, id));
    },
  };
}
