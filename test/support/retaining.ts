import type { StepOptions } from './action.js';
import { publishOld } from './publish-old.js';
import type { Allowed, Worker } from './worker.js';

/** The OMIs that are there before a build that retains the two newest of its family. */
const namesOf = (name: string) => ({
  goes: `${name} - the oldest`,
  old: `${name} - the one before`,
  protected: `${name} - protected`,
  other: `${name} - of another family`,
});

const familyOf = (name: string): string => `family of ${name}`;

/** The options of a build that removes what is older than the newest OMI before it. */
export const retaining = (name: string): StepOptions['inputs'] => ({
  family: familyOf(name),
  'retain-last': '2',
});

/** Creates the older OMIs of a build's family, and one of another family. */
export async function publishFamily(worker: Worker, name: string): Promise<void> {
  const { goes, old, other, protected: kept } = namesOf(name);
  const family = { 'build-omi:family': familyOf(name) };
  await publishOld(worker, kept, { ...family, 'build-omi:keep': '' });
  await publishOld(worker, other, { 'build-omi:family': `not the ${familyOf(name)}` });
  await publishOld(worker, goes, family);
  await publishOld(worker, old, family);
}

/**
 * The OMIs that there must and may be of the family of a build. Its own OMI is shared, so that the next build
 * neither removes nor counts it.
 * @param hasNext whether the next build of the family has ended
 */
export function retainedOf(name: string, hasNext: boolean): Pick<Allowed, 'must' | 'may'> {
  const { goes, old, other, protected: kept } = namesOf(name);
  return { must: [old, other, kept], may: hasNext ? [] : [goes] };
}
