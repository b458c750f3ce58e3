import type { ResourceTag } from '../../outscale/api.js';
import { isImportToken, ownershipTags, parseToken } from '../../outscale/ownership.js';
import type { Account } from './account.js';

/** Facts about this VM and this command. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds. A younger resource may belong to a running build that is not visible from this VM. */
  readonly olderThan: number;
  readonly thisVm: string;
  /** The builds that have a ledger on this VM, which shows whether they are alive. */
  readonly known: ReadonlySet<string>;
  /** The build that `build_id` names: its retained resources are deleted before their date. */
  readonly released: string | undefined;
  /**
   * The kernel's disk of a volume of this VM, by its device name; undefined if the evidence is inconsistent.
   */
  readonly diskOf: (device: string, volume: string) => string | undefined;
  /** Whether a disk of this VM is in use. */
  readonly isInUse: (disk: string) => boolean;
}

/** The build, VM and age of a resource, by its tags or ClientToken. */
export interface Ownership {
  readonly build: string;
  readonly vm: string | undefined;
  readonly age: number | undefined;
  /** Why it is not deleted; undefined if it may be. */
  readonly leave: string | undefined;
}

/** The fields that all resources of a build have. */
export interface Resource {
  readonly Tags?: readonly ResourceTag[] | undefined;
  readonly ClientToken?: string | undefined;
  readonly CreationDate?: string | undefined;
}

/** The value of a tag. */
export const tagOf = ({ Tags = [] }: Resource, key: string): string | undefined =>
  Tags.find(({ Key }) => Key === key)?.Value;

/** The age of a resource in milliseconds; undefined if unknown. */
export function ageOf(resource: Resource, now: number): number | undefined {
  const since = Date.parse(resource.CreationDate ?? tagOf(resource, ownershipTags.since) ?? '');
  return Number.isNaN(since) ? undefined : now - since;
}

/**
 * Why a resource may belong to a running build that is not visible from this VM; undefined if it is old
 * enough.
 */
export function whyYoung(age: number | undefined, olderThan: number): string | undefined {
  if (age === undefined) return 'its age is unknown';
  return age < olderThan ? 'it is too young' : undefined;
}

/** The ownership of a resource; undefined if no build created it, or a ledger on this VM contains it. */
export function ownershipOf(
  resource: Resource,
  account: Account,
  facts: Circumstances,
): Ownership | undefined {
  const token = (resource.Tags ?? []).length === 0 ? parseToken(resource.ClientToken) : undefined;
  const build = tagOf(resource, ownershipTags.build) ?? token?.build;
  if (build === undefined || facts.known.has(build)) return undefined;
  const vm = tagOf(resource, ownershipTags.vm) ?? token?.vm;
  const age = ageOf(resource, facts.now);
  const home = tagOf(resource, ownershipTags.region);
  const isImport = home !== undefined || (token !== undefined && isImportToken(resource.ClientToken));
  const until = Date.parse(tagOf(resource, ownershipTags.keepUntil) ?? '');
  const leave =
    until > facts.now && build !== facts.released
      ? `kept until ${new Date(until).toISOString()}`
      : isImport
        ? `it came from ${home ?? 'another region'}, where its build may be running`
        : isElsewhere(vm, account, facts)
          ? account.vms.some(({ VmId }) => VmId === vm)
            ? `its VM ${vm} exists: run sweep on that VM`
            : `nothing proves that its VM ${vm} is gone: ReadVms does not list this VM either`
          : whyYoung(age, facts.olderThan);
  return { build, vm, age, leave };
}

/**
 * Whether another VM may use a resource: one that exists and is not stopped. A VM that ReadVms does not list
 * is gone only if the response lists this VM: an empty or partial response proves nothing.
 */
export function isElsewhere(vm: string | undefined, { vms }: Account, { thisVm }: Circumstances): boolean {
  if (vm === undefined || vm === thisVm) return false;
  const found = vms.find(({ VmId }) => VmId === vm);
  if (found === undefined) return !vms.some(({ VmId }) => VmId === thisVm);
  return found.State !== 'stopped' && found.State !== 'terminated';
}

export const whyGone = ({ vm }: Ownership, { thisVm }: Circumstances): string =>
  vm === undefined
    ? 'it has no tags yet, and its VM is unknown'
    : vm === thisVm
      ? 'no ledger on this VM knows its build'
      : `its VM ${vm} is gone or stopped`;
