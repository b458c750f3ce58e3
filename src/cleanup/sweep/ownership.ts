import type { ResourceTag } from '../../outscale/api.js';
import { ownershipTags, parseToken } from '../../outscale/ownership.js';
import type { Account } from './account.js';

/** What the account does not tell. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds: what is younger may belong to a build that lives where nobody sees it. */
  readonly olderThan: number;
  readonly thisVm: string;
  /** The builds that have a ledger on this VM: these tell themselves whether they live. */
  readonly known: ReadonlySet<string>;
  /** The build that is asked for by its ID: what it keeps goes before its time. */
  readonly released: string | undefined;
  /** The kernel's disk of a volume of this VM, by its device name; undefined where the signs disagree. */
  readonly diskOf: (device: string, volume: string) => string | undefined;
  /** Whether somebody holds a disk of this VM. */
  readonly isInUse: (disk: string) => boolean;
}

/** What a mark says of a thing: whose it is, and since when it is there. */
export interface Ownership {
  readonly build: string;
  readonly vm: string | undefined;
  readonly age: number | undefined;
  /** Why it is left alone whatever else holds; undefined where it may go. */
  readonly leave: string | undefined;
}

/** What everything has that a build makes. */
export interface Resource {
  readonly Tags?: readonly ResourceTag[] | undefined;
  readonly ClientToken?: string | undefined;
  readonly CreationDate?: string | undefined;
}

/** The value of a tag. */
export const tagOf = ({ Tags = [] }: Resource, key: string): string | undefined =>
  Tags.find(({ Key }) => Key === key)?.Value;

/** How long a thing has been there, in milliseconds; undefined where nothing tells it. */
export function ageOf(thing: Resource, now: number): number | undefined {
  const since = Date.parse(thing.CreationDate ?? tagOf(thing, ownershipTags.since) ?? '');
  return Number.isNaN(since) ? undefined : now - since;
}

/** Why something is left alone that may belong to a build that lives where nobody sees it. */
export function whyYoung(age: number | undefined, olderThan: number): string | undefined {
  if (age === undefined) return 'nothing tells how old it is';
  return age < olderThan ? 'it is too young' : undefined;
}

/** The marks of a thing; undefined for what no build made, or what a ledger here knows of. */
export function ownershipOf(thing: Resource, account: Account, facts: Circumstances): Ownership | undefined {
  const token = (thing.Tags ?? []).length === 0 ? parseToken(thing.ClientToken) : undefined;
  const build = tagOf(thing, ownershipTags.build) ?? token?.build;
  if (build === undefined || facts.known.has(build)) return undefined;
  const vm = tagOf(thing, ownershipTags.vm) ?? token?.vm;
  const age = ageOf(thing, facts.now);
  const until = Date.parse(tagOf(thing, ownershipTags.keepUntil) ?? '');
  const leave =
    until > facts.now && build !== facts.released
      ? `kept until ${new Date(until).toISOString()}`
      : isElsewhere(vm, account, facts)
        ? account.vms.some(({ VmId }) => VmId === vm)
          ? `its VM ${vm} is there: sweep on that one`
          : `nothing proves that its VM ${vm} is gone: ReadVms does not list this VM either`
        : whyYoung(age, facts.olderThan);
  return { build, vm, age, leave };
}

/**
 * Whether another VM may be at work with it: one that is there, and not stopped. That a VM is not in the answer counts
 * only if this VM is: an empty or partial answer of ReadVms proves nothing.
 */
export function isElsewhere(vm: string | undefined, { vms }: Account, { thisVm }: Circumstances): boolean {
  if (vm === undefined || vm === thisVm) return false;
  const found = vms.find(({ VmId }) => VmId === vm);
  if (found === undefined) return !vms.some(({ VmId }) => VmId === thisVm);
  return found.State !== 'stopped' && found.State !== 'terminated';
}

export const whyGone = ({ vm }: Ownership, { thisVm }: Circumstances): string =>
  vm === undefined
    ? 'it has no tags yet, and nothing tells its VM'
    : vm === thisVm
      ? 'no ledger on this VM knows its build'
      : `its VM ${vm} is gone or stopped`;
