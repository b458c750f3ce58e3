import { snapshotsOf } from '../../outscale/calls/lookups.js';
import { ownershipTags, parseCopyName, parseCopyNote } from '../../outscale/ownership.js';
import type { Account } from './account.js';
import type { Orphan } from './finding.js';
import { ageOf, type Circumstances, tagOf, whyYoung } from './ownership.js';

/**
 * The available copies of sources of other accounts that no build has used for a time. A build tags the copy
 * before it creates a volume from it. A copy without that tag is not deleted.
 * @param unusedFor milliseconds
 */
export function findUnusedCopies({ images }: Account, unusedFor: number, now: number): Orphan[] {
  return images.flatMap((image): Orphan[] => {
    const { ImageId: id = '', ImageName: name = '', State } = image;
    const source = parseCopyName(name);
    if (source === undefined || State !== 'available') return [];
    const used = Date.parse(tagOf(image, ownershipTags.lastUsed) ?? '');
    const found = { what: 'copy', id, build: '', age: Number.isNaN(used) ? undefined : now - used };
    if (tagOf(image, ownershipTags.source) !== source || found.age === undefined)
      return [{ ...found, why: 'its last use is unknown', goes: false, claims: [] }];
    if (found.age < unusedFor)
      return [{ ...found, why: `of ${source}: it was used recently`, goes: false, claims: [] }];
    const own = snapshotsOf(image);
    const others = images.filter(
      (other) => other !== image && snapshotsOf(other).some((one) => own.includes(one)),
    );
    if (others.length > 0)
      return [{ ...found, why: `${others[0]?.ImageId} maps the same snapshot`, goes: false, claims: [] }];
    return [
      {
        ...found,
        why: `of ${source}: no build has used it since`,
        goes: true,
        claims: [
          ...own.map((snapshot) => ({ kind: 'snapshot', data: { id: snapshot, token: '' } }) as const),
          { kind: 'image', data: { id, name, snapshot: own[0] ?? '' } },
        ],
      },
    ];
  });
}

/** Failed copies that neither their build nor another build of the same source deleted. */
export function findFailedCopies(
  { images }: Account,
  { now, olderThan, known }: Pick<Circumstances, 'now' | 'olderThan' | 'known'>,
): Orphan[] {
  return images.flatMap((image): Orphan[] => {
    const { ImageId: id = '', ImageName: name = '', Description: note = '', State } = image;
    const build = parseCopyNote(note)?.build;
    if (State !== 'failed' || parseCopyName(name) === undefined) return [];
    if (build === undefined || known.has(build)) return [];
    const age = ageOf(image, now);
    const found = { what: 'copy', id, build, age };
    const leave = whyYoung(age, olderThan);
    if (leave !== undefined) return [{ ...found, why: leave, goes: false, claims: [] }];
    const data = { name, note, id, snapshots: snapshotsOf(image) };
    return [{ ...found, why: 'it failed', goes: true, claims: [{ kind: 'copy', data }] }];
  });
}
