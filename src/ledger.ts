import { BuildError } from './errors.js';

/** What undo needs to know of each kind of thing that a build can leave behind. See docs/ledger.md. */
export interface Claims {
  /** The mount point; `ours` if the build made it. */
  directory: { path: string; ours: boolean };
  /** What is mounted at a path of the VM or below it; `disk` is the kernel's name of the disk it is from. */
  mounts: { path: string; disk: string };
  /** A folder of links to the disk, which is the build's alone. */
  names: { path: string };
  /** The process that holds the build's namespaces; its end ends every mount and process in them. */
  namespace: { holder?: Identity };
  /** A BSU volume. Until the API has answered only its ClientToken is known. */
  volume: { token: string; id?: string };
  /** A volume linked to this VM; `disk` is the kernel's name for it, once found; `mounts` is what of it was mounted. */
  attachment: { volume: string; device: string; disk?: string; mounts?: MountedPart[] };
  /** A snapshot of the build's volume. */
  snapshot: { token: string; id?: string };
  /** An OMI. CreateImage has no ClientToken: until the API has answered it is known by its name and snapshot. */
  image: { name: string; snapshot: string; id?: string; ready?: true };
  /** The copy of a foreign source that is being made, until it is available: then it stays, for every build. */
  copy: { name: string; note: string; id?: string; snapshots?: string[] };
  /** An OMI that makes way for a new one of its name, with all that it takes to register it again. */
  replaced: { id: string; snapshot: string; registration: Registration; shared?: Sharing; tags: Tag[] };
  /** Snapshots of a replaced OMI, which go once the new OMI is kept, and not before. */
  discarded: { image: string; snapshots: string[] };
}

/** A partition of the volume, and where in the image it was mounted. */
export interface MountedPart {
  partition: string;
  target: string;
  options: readonly string[];
}

/** What an OMI is registered with: as much of schema `CreateImageRequest` as an answer tells of one. */
export interface Registration {
  ImageName: string;
  RootDeviceName: string;
  BlockDeviceMappings: {
    DeviceName?: string | undefined;
    VirtualDeviceName?: string | undefined;
    Bsu?:
      | {
          DeleteOnVmDeletion?: boolean | undefined;
          Iops?: number | undefined;
          SnapshotId?: string | undefined;
          VolumeSize?: number | undefined;
          VolumeType?: string | undefined;
        }
      | undefined;
  }[];
  Description?: string | undefined;
  Architecture?: string | undefined;
  BootModes?: ('uefi' | 'legacy')[] | undefined;
  ProductCodes?: string[] | undefined;
  TpmMandatory?: boolean | undefined;
}

/** Who may use something besides its owner (schema `PermissionsOnResource`). */
export interface Sharing {
  AccountIds?: string[] | undefined;
  GlobalPermission?: boolean | undefined;
}

export interface Tag {
  Key: string;
  Value: string;
}

export type Kind = keyof Claims;

const places: { readonly [K in Kind]: 'VM' | 'cloud' } = {
  directory: 'VM',
  mounts: 'VM',
  names: 'VM',
  namespace: 'VM',
  volume: 'cloud',
  attachment: 'cloud',
  snapshot: 'cloud',
  image: 'cloud',
  copy: 'cloud',
  replaced: 'cloud',
  discarded: 'cloud',
};

/** What is on the VM; everything else is in the cloud. */
export const isLocal = (kind: Kind): boolean => places[kind] === 'VM';

/** What a build is for, and what makes way for it. */
const products: ReadonlySet<Kind> = new Set(['snapshot', 'image', 'replaced']);

/** Something asked for and not yet put away. What is learned of it is added to its `data`. */
export interface Claim<K extends Kind = Kind> {
  readonly number: number;
  readonly kind: K;
  readonly data: Claims[K];
}

/** A process that cannot be mistaken for another: pid, start time (proc(5), stat field 22) and boot ID. */
export interface Identity {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
}

/** Whoever a build was handed over to, so that nobody else puts it away: as long as a process lives, or until a time. */
export type Owner = Identity | Lease;

/** A time to which a build is left alone, if the VM is not started anew before. */
export interface Lease {
  /** ISO 8601. */
  readonly until: string;
  readonly boot: string;
}

/** Whose build it is and where its things are. Never a secret. */
export interface Header {
  readonly ledger: 1;
  readonly build: string;
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly vm: string;
  readonly user: number;
  /** The process that began it. */
  readonly owner: Identity;
}

/** A line of the file, after the header. */
type Line =
  | { claim: Claim }
  | { learned: number; data: object }
  | { gone: number }
  | { kept: number[] }
  | { handed: Owner; with?: object }
  | { taken: Identity }
  | { held: number[]; until: string };

/** What was made and not yet put away: JSON lines, each written, and synced by its writer, before the deed. */
export class Ledger {
  readonly #open = new Map<number, Claim>();
  readonly #held = new Set<number>();
  #until: Date | undefined;
  readonly #counts = new Map<Kind, number>();
  #last = 0;
  #kept = false;
  #owner: Owner;
  #handover: object | undefined;
  #isHandedOver = false;
  /** To whom it was last handed over, as long as nobody has begun a product since. */
  #heir: Owner | undefined;

  /**
   * @param header what is known of the build when it starts.
   * @param append writes a line and returns when it is on disk.
   */
  constructor(
    readonly header: Omit<Header, 'account'>,
    private readonly append: (line: string) => void,
  ) {
    this.#owner = header.owner;
  }

  /** Writes the header: nothing may be claimed before. */
  begin(account: string): void {
    this.append(JSON.stringify({ ...this.header, account } satisfies Header));
  }

  /**
   * Takes up a ledger where a build left it. A torn last line was never acted upon and is dropped.
   * @throws BuildError for a file that is no ledger, of a version that is not ours, or with a kind of things unknown here.
   */
  static resume(text: string, append: (line: string) => void): { header: Header; ledger: Ledger } {
    const [first, ...rest] = text.split('\n').slice(0, -1).map(parse);
    if (!isHeader(first)) throw new BuildError('this is not a ledger of version 1');
    const ledger = new Ledger(first, append);
    for (const line of rest) {
      if (!isLine(line)) continue;
      requireKnown(line);
      ledger.#apply(line);
    }
    // What is appended must not become part of the torn line.
    if (!text.endsWith('\n')) append('');
    return { header: first, ledger };
  }

  /** Notes what is about to be asked for, before it is asked for. */
  claim<K extends Kind>(kind: K, data: Claims[K]): Claim<K> {
    const claim: Claim<K> = { number: this.#last + 1, kind, data: { ...data } };
    this.#write({ claim });
    return claim;
  }

  /** Adds what was learned of a thing since it was claimed: an ID, a device. */
  learn<K extends Kind>(claim: Claim<K>, data: Partial<Claims[K]>): void {
    this.#write({ learned: claim.number, data });
  }

  /** Strikes off what is gone. */
  strike(claim: Claim): void {
    this.#write({ gone: claim.number });
  }

  /** The last act of a build: its products are the user's from this line on, all or none. */
  keep(claims: readonly Claim[]): void {
    this.#write({ kept: claims.map((claim) => claim.number) });
  }

  /** Leaves the build to its next owner, with what whoever goes on with it has to know: from now on nobody works on it. */
  handOver(to: Owner, details?: object): void {
    this.#write({ handed: to, ...(details === undefined ? {} : { with: details }) });
  }

  /** A process goes on with the build. */
  take(by: Identity): void {
    this.#write({ taken: by });
  }

  /** The boot of the VM in which the build began. What the kernel calls its things, and what is mounted, is of that one. */
  get boot(): string {
    return this.header.owner.boot;
  }

  /** Whose the build is at present: nobody else touches it as long as that one lives. */
  get owner(): Owner {
    return this.#owner;
  }

  /**
   * All for whom it is left alone: whoever is at it, and whoever handed it to that one, whose work is not lost when it
   * is killed, as long as it had not begun a product.
   */
  get owners(): readonly Owner[] {
    return this.#heir === undefined ? [this.#owner] : [this.#owner, this.#heir];
  }

  /** Whether it was handed over and nobody has taken it: no process works on it. */
  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }

  /** What was last handed over with the build. */
  get handover(): object | undefined {
    return this.#handover;
  }

  /** What a failed build leaves to be looked at: nothing puts these away before that date. */
  hold(claims: readonly Claim[], until: Date): void {
    this.#write({ held: claims.map((claim) => claim.number), until: until.toISOString() });
  }

  /** Whether it is left to be looked at. */
  isHeld(claim: Claim): boolean {
    return this.#held.has(claim.number);
  }

  /** Until when what is held stays; undefined where nothing is. */
  get heldUntil(): Date | undefined {
    return this.#until;
  }

  /** How many things of a kind were claimed so far. */
  count(kind: Kind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Whether it is neither struck off nor kept. */
  has(claim: Claim): boolean {
    return this.#open.has(claim.number);
  }

  /** All open claims, the newest first: the order of undoing. */
  open(): Claim[] {
    return [...this.#open.values()].toReversed();
  }

  /** Those of one kind. */
  openOf<K extends Kind>(kind: K): Claim<K>[] {
    return this.open().filter((claim): claim is Claim<K> => claim.kind === kind);
  }

  /** Whether the products are kept: what fails from now on no longer fails the build. */
  get kept(): boolean {
    return this.#kept;
  }

  #write(line: Line): void {
    this.append(JSON.stringify(line));
    this.#apply(line);
  }

  #apply(line: Line): void {
    if ('claim' in line) {
      if (products.has(line.claim.kind)) this.#heir = undefined;
      this.#last = Math.max(this.#last, line.claim.number);
      this.#open.set(line.claim.number, line.claim);
      this.#counts.set(line.claim.kind, this.count(line.claim.kind) + 1);
    } else if ('learned' in line) {
      Object.assign(this.#open.get(line.learned)?.data ?? {}, line.data);
    } else if ('gone' in line) {
      this.#open.delete(line.gone);
    } else if ('handed' in line) {
      this.#owner = line.handed;
      this.#heir = line.handed;
      this.#isHandedOver = true;
      this.#handover = line.with ?? this.#handover;
    } else if ('taken' in line) {
      this.#owner = line.taken;
      this.#isHandedOver = false;
    } else if ('held' in line) {
      this.#until = new Date(line.until);
      for (const number of line.held) this.#held.add(number);
    } else {
      this.#kept = true;
      for (const number of line.kept) this.#open.delete(number);
    }
  }
}

/** Undoing the rest in order is not safe where one thing of it is not understood. */
function requireKnown(line: Line): void {
  if (!('claim' in line) || Object.hasOwn(places, line.claim.kind)) return;
  throw new BuildError(`it has a thing of kind "${line.claim.kind}": a newer build-omi wrote it`, {
    hint: 'Put it away with that version.',
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isHeader = (value: unknown): value is Header =>
  isObject(value) && 'ledger' in value && value.ledger === 1 && 'build' in value && 'owner' in value;

const isLine = (value: unknown): value is Line =>
  isObject(value) &&
  ['claim', 'learned', 'gone', 'kept', 'handed', 'taken', 'held'].some((key) => key in value) &&
  (!('claim' in value) || (isObject(value.claim) && 'kind' in value.claim));
