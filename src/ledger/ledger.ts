import { BuildError } from '../common/errors.js';
import { type Claim, type Claims, type Identity, isProduct, type Kind } from './claims.js';
import { type Header, isHeader, isLine, type Line, type Owner, parse, requireKnown } from './lines.js';

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
  #imageName: string | undefined;
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
  update<K extends Kind>(claim: Claim<K>, data: Partial<Claims[K]>): void {
    this.#write({ learned: claim.number, data });
  }

  /** Strikes off what is gone. */
  close(claim: Claim): void {
    this.#write({ gone: claim.number });
  }

  /** The last act of a build: its products are the user's from this line on, all or none. */
  finalize(claims: readonly Claim[]): void {
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

  /** Says under which name the build will register its OMI, so that no other build of this VM begins one of that name. */
  nameImage(name: string): void {
    this.#write({ named: name });
  }

  /** The name of the OMI that the build will register; undefined where it is not known yet. */
  get imageName(): string | undefined {
    return this.#imageName;
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
  retain(claims: readonly Claim[], until: Date): void {
    this.#write({ held: claims.map((claim) => claim.number), until: until.toISOString() });
  }

  /** Whether it is left to be looked at. */
  isRetained(claim: Claim): boolean {
    return this.#held.has(claim.number);
  }

  /** Until when what is held stays; undefined where nothing is. */
  get retainedUntil(): Date | undefined {
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
  get isFinalized(): boolean {
    return this.#kept;
  }

  #write(line: Line): void {
    this.append(JSON.stringify(line));
    this.#apply(line);
  }

  #apply(line: Line): void {
    if ('claim' in line) {
      if (isProduct(line.claim.kind)) this.#heir = undefined;
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
    } else if ('named' in line) {
      this.#imageName = line.named;
    } else if ('held' in line) {
      this.#until = new Date(line.until);
      for (const number of line.held) this.#held.add(number);
    } else {
      this.#kept = true;
      for (const number of line.kept) this.#open.delete(number);
    }
  }
}
