import { BuildError } from '../common/errors.js';
import type { Claim, Claims, Identity, Kind } from './claims.js';
import { type Header, isHeader, isLine, type Line, type Owner, parse, requireKnown } from './lines.js';
import { initialState, type LedgerState, reduce } from './state.js';

/**
 * Write-ahead log of the resources that a build creates. Each line is fsynced before the operation that it
 * announces. This class writes lines; `reduce` says what they mean.
 */
export class Ledger {
  #state: LedgerState;
  /** The claims that callers have: `update` changes their data in place. */
  readonly #claims = new Map<number, Claim>();

  /**
   * @param header the header without the account, which the first API call returns
   * @param append writes a line and returns when it is on disk
   * @param create creates the file of a new ledger
   */
  constructor(
    readonly header: Omit<Header, 'account'>,
    private readonly append: (line: string) => void,
    private readonly create: () => Promise<void> = async () => {},
  ) {
    this.#state = initialState(header.owner);
  }

  /** Creates the file and writes the header. It must precede the first claim. */
  async begin(account: string): Promise<void> {
    await this.create();
    this.append(JSON.stringify({ ...this.header, account } satisfies Header));
  }

  /**
   * Reads the ledger of a build. Drops an incomplete last line: its operation was not started.
   * @throws BuildError for a file that is not a ledger, for another version, and for an unknown kind of
   *   resource
   */
  static resume(text: string, append: (line: string) => void): { header: Header; ledger: Ledger } {
    const [first, ...rest] = text.split('\n').slice(0, -1).map(parse);
    if (!isHeader(first)) throw new BuildError('not a ledger of version 1');
    const ledger = new Ledger(first, append);
    for (const line of rest) {
      if (!isLine(line)) continue;
      requireKnown(line);
      ledger.#apply(line);
    }
    // The next line must not become part of the incomplete line.
    if (!text.endsWith('\n')) append('');
    return { header: first, ledger };
  }

  /** Records a resource before it is requested. */
  claim<K extends Kind>(kind: K, data: Claims[K]): Claim<K> {
    const claim: Claim<K> = { number: this.#state.last + 1, kind, data: { ...data } };
    this.#claims.set(claim.number, claim);
    this.#write({ claim });
    return claim;
  }

  /** Adds data of a resource that became known after the claim: an ID, a device. */
  update<K extends Kind>(claim: Claim<K>, data: Partial<Claims[K]>): void {
    this.#write({ learned: claim.number, data });
  }

  /** Closes the claim of a resource that no longer exists. */
  close(claim: Claim): void {
    this.#write({ gone: claim.number });
  }

  /**
   * Finalizes all products of a build with one line, the last act of the build: no cleanup deletes them
   * afterwards.
   */
  finalize(claims: readonly Claim[]): void {
    this.#write({ kept: claims.map((claim) => claim.number) });
  }

  /**
   * Hands the build over to its next owner, with the data that `commit` needs. No process works on it
   * afterwards.
   */
  handOver(to: Owner, details?: object): void {
    this.#write({ handed: to, ...(details === undefined ? {} : { with: details }) });
  }

  /** Records the process that continues the build. */
  take(by: Identity): void {
    this.#write({ taken: by });
  }

  /** Records the name of the OMI that the build will register, so that no other build of this VM uses it. */
  nameImage(name: string): void {
    this.#write({ named: name });
  }

  /** The name of the OMI that the build will register; undefined while it is unknown. */
  get imageName(): string | undefined {
    return this.#state.imageName;
  }

  /**
   * The boot ID of the VM when the build began. Kernel names of disks, and mounts, are valid for that boot
   * only.
   */
  get boot(): string {
    return this.header.owner.boot;
  }

  /** The current owner of the build. While it is alive, no other process cleans up. */
  get owner(): Owner {
    return this.#state.owner;
  }

  /**
   * The owners that protect the build from cleanup: the current one, and the one that handed the build over
   * to it. If the current owner is killed before it has claimed a product, the build remains that of the
   * previous one.
   */
  get owners(): readonly Owner[] {
    const { owner, previousOwner } = this.#state;
    return previousOwner === undefined ? [owner] : [owner, previousOwner];
  }

  /** Whether the build was handed over and no process has taken it. */
  get isHandedOver(): boolean {
    return this.#state.isHandedOver;
  }

  /** The data of the last handover. */
  get handover(): object | undefined {
    return this.#state.handover;
  }

  /**
   * Retains resources of a failed build for inspection: no cleanup removes them, or those retained earlier,
   * before that date. @param setup how its chroot was set up, for `shell`
   */
  retain(claims: readonly Claim[], until: Date, setup?: object): void {
    const held = claims.map((claim) => claim.number);
    this.#write({ held, until: until.toISOString(), ...(setup === undefined ? {} : { with: setup }) });
  }

  /** The last one that `retain` was given. */
  get retainedSetup(): object | undefined {
    return this.#state.retainedSetup;
  }

  /** Whether a resource is retained for inspection. */
  isRetained(claim: Claim): boolean {
    return this.#state.retained.has(claim.number);
  }

  /** The date until which resources are retained; undefined if none are. */
  get retainedUntil(): Date | undefined {
    return this.#state.retainedUntil;
  }

  /** The number of claims of a kind, open and closed. */
  count = (kind: Kind): number => this.#state.counts.get(kind) ?? 0;

  /** Whether a claim is open: neither closed nor final. */
  has(claim: Claim): boolean {
    return this.#state.open.has(claim.number);
  }

  /** All open claims, the last one recorded first: the order of undoing. */
  open(): Claim[] {
    return [...this.#state.open.values()].map((claim) => this.#shared(claim)).toReversed();
  }

  /** The open claims of one kind, the last one recorded first. */
  openOf<K extends Kind>(kind: K): Claim<K>[] {
    return this.open().filter((claim): claim is Claim<K> => claim.kind === kind);
  }

  /** Whether the products are final: a later failure is a warning. */
  get isFinalized(): boolean {
    return this.#state.isFinalized;
  }

  #write(line: Line): void {
    this.append(JSON.stringify(line));
    this.#apply(line);
  }

  #apply(line: Line): void {
    this.#state = reduce(this.#state, line);
    const updated = 'learned' in line ? this.#state.open.get(line.learned) : undefined;
    if (updated !== undefined) Object.assign(this.#shared(updated).data, updated.data);
  }

  /** The one object that all callers have for a claim. */
  #shared(claim: Claim): Claim {
    const shared = this.#claims.get(claim.number) ?? { ...claim, data: { ...claim.data } };
    this.#claims.set(claim.number, shared);
    return shared;
  }
}
