/** @long A build is killed before and after each call that changes something. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanUp } from '../../../../src/cleanup/clean-up.js';
import { PendingError } from '../../../../src/outscale/calls/late.js';
import { createTransport, type Transport } from '../../../../src/outscale/client/transport.js';
import { type Contents, type Regions, startRegions } from '../../../support/regional-build.js';

let regions: Regions;
beforeAll(async () => {
  regions = await startRegions();
});
afterAll(async () => await regions[Symbol.asyncDispose]());

const everything = async (): Promise<Contents[]> =>
  await Promise.all(
    ['eu-west-2', 'us-east-2', 'us-west-1'].map(async (region) => await regions.contents(region)),
  );

const isChange = (url: string): boolean => /\/(Create|Delete|Update)\w+$/.test(url);
const never = new Promise<never>(() => {});

/** A transport whose process is killed at a call: nothing is sent any more, and no response arrives. */
function killedAt(number: number, when: 'before' | 'after', killed: () => void): Transport {
  const real = createTransport();
  let count = 0;
  let isDead = false;
  const kill = async (): Promise<never> => {
    isDead = true;
    killed();
    return await never;
  };
  return async (sent) => {
    if (isDead) return await never;
    if (isChange(sent.url)) count += 1;
    const isLast = isChange(sent.url) && count === number;
    if (isLast && when === 'before') return await kill();
    const answer = await real(sent);
    if (isLast) return await kill();
    return isDead ? await never : answer;
  };
}

test.each(['before', 'after'] as const)('a build killed %s each change leaves nothing', async (when) => {
  const options = {
    'omi-name': `killed ${when}`,
    // The calls to a second one are the same.
    'omi-regions': 'us-east-2',
    'force-deregister': 'true',
    'force-delete-snapshot': 'true',
  };
  await (await regions.build(options)).run();
  for (let number = 1; ; number++) {
    const before = await everything();
    let kill = (): void => {};
    const killed = new Promise<readonly string[]>((resolve) => {
      kill = () => resolve([...build.lines]);
    });
    const build = await regions.build(
      options,
      killedAt(number, when, () => kill()),
    );
    const lines = await Promise.race([killed, build.run().then(() => undefined)]);
    if (lines === undefined) break;
    const isFinal = lines.some((line) => line.includes('"kept"'));
    const tools = await regions.later(lines);
    let left = await cleanUp(tools);
    // An export that works cannot be cancelled: the next process removes its object.
    for (let again = 0; left.some(({ claim }) => claim.kind === 'export') && again < 3; again++) {
      await sleep(100);
      left = await cleanUp(tools);
    }
    const title = `${when} ${number}: ${lines.at(-1)}`;
    const errors = left.map(({ error }) => error).filter((error) => !(error instanceof PendingError));
    expect([title, errors]).toEqual([title, []]);
    const after = await everything();
    expect([title, await regions.objects()]).toEqual([title, []]);
    const names = (all: Contents[]): string[][] => all.map(({ images }) => Object.keys(images).toSorted());
    expect([title, names(after)]).toEqual([title, names(before)]);
    const counts = (all: Contents[]): number[] => all.map(({ snapshots }) => snapshots.length);
    expect([title, counts(after)]).toEqual([title, counts(before)]);
    if (!isFinal)
      expect([title, after.map(({ snapshots }) => snapshots)]).toEqual([
        title,
        before.map(({ snapshots }) => snapshots),
      ]);
  }
});
