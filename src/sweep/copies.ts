import { snapshotsOf } from '../outscale/lookups.js';
import { marks } from '../outscale/marks.js';
import type { Account } from './account.js';
import type { Orphan } from './finding.js';

/** The name of a copy, by its source. */
const copyName = /^build-omi source (ami-[0-9a-f]+)$/;

/**
 * The ready copies of foreign sources that no build has used for so long. A build notes its use before it makes a
 * volume of the copy. One without that note is not touched.
 * @param unusedFor milliseconds
 */
export function judgeCopies({ images }: Account, unusedFor: number, now: number): Orphan[] {
  return images.flatMap((image): Orphan[] => {
    const { ImageId: id = '', ImageName: name = '', State, Tags = [] } = image;
    const source = copyName.exec(name)?.[1];
    const tagOf = (key: string): string | undefined => Tags.find(({ Key }) => Key === key)?.Value;
    if (source === undefined || State !== 'available') return [];
    const used = Date.parse(tagOf(marks.lastUsed) ?? '');
    const found = { what: 'copy', id, build: '', age: Number.isNaN(used) ? undefined : now - used };
    if (tagOf(marks.source) !== source || found.age === undefined)
      return [{ ...found, why: 'nothing tells when it was used', goes: false, claims: [] }];
    if (found.age < unusedFor)
      return [{ ...found, why: `of ${source}: it was used lately`, goes: false, claims: [] }];
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
