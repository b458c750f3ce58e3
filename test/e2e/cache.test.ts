import { chownSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { sweep } from '../support/sweep.js';
import { type TestUser, uidOf, users } from '../support/users.js';

const cloud = useCloud();

const directory = '/var/cache/things';

type Build = (run: string, inputs?: Readonly<Record<string, string>>, repository?: string) => Step;

let count = 0;
/** Builds that share a state directory on one VM. */
function builds(user: TestUser = 'root'): { readonly stateDir: string; readonly build: Build } {
  const stateDir = mkdtempSync(join(cloud.folder, 'state-'));
  chownSync(stateDir, uidOf(user), uidOf(user));
  const build: Build = (run, inputs = {}, repository = 'org/images') => {
    count += 1;
    const name = { 'omi-name': `cached ${count}`, run, 'state-dir': stateDir };
    return step(cloud, {
      user,
      inputs: { ...name, cache: directory, 'cache-size': '16MiB', ...inputs },
      environment: { GITHUB_REPOSITORY: repository },
    });
  };
  return { stateDir, build };
}

/** What a script has printed after `seen:`. */
const shownBy = (text: string): string | undefined => /^\s*seen:(.*)$/m.exec(text)?.[1]?.trim();

/** A script that shows what earlier builds left, and leaves a word. */
const leave = (word: string): string =>
  `echo "seen: $(cat ${directory}/file 2>&1 || true)"; echo ${word} > ${directory}/file`;

const nothing = expect.stringContaining('No such file');

test.each(users)(
  'as %s: the next build of the source sees the state, and no image contains it',
  async (user) => {
    const { build, stateDir } = builds(user);
    await expectNoLeftovers(cloud, async () => {
      const first = build(leave('one'));
      const log = successful(await first.main()).text;
      expect(shownBy(log)).toEqual(nothing);
      expect(log).toMatch(/Cache mounted, empty/);
      expect(log).toMatch(/Cache kept for the next build/);
      const second = build(leave('two'));
      const again = successful(await second.main()).text;
      expect(shownBy(again)).toBe('one');
      expect(again).not.toMatch(/Unmounted|::warning/);
      const jobs = [first, second].map((job) => job.outputs());
      await using snapshot = await openSnapshot(cloud, jobs[1]?.['snapshot-id'] ?? '');
      expect(await snapshot.list('/var/cache')).not.toContain('things');
      return jobs.flatMap((outputs) => [outputs['omi-id'] ?? '', outputs['snapshot-id'] ?? '']);
    });
    const swept = successful(await sweep(cloud, stateDir, ['--cache'], user));
    expect(swept.text).toMatch(/Removed 1 cache, \d+ MiB/);
    expect(readdirSync(join(stateDir, `${uidOf(user)}.cache`))).toEqual([]);
  },
);

test('builds at once have a copy each; failed builds and those of other sources change nothing', async () => {
  const { build } = builds();
  successful(await build(leave('one')).main());
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
  const SnapshotId = Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
  const { Image } = await cloud.api.call('CreateImage', {
    ImageName: 'another source',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId } }],
  });
  const lock = (word: string, seconds: number): string =>
    `mkdir ${directory}/lock || exit 9; ${leave(word)}; sleep ${seconds}; rmdir ${directory}/lock`;
  const all = [
    build(lock('slow', 5)),
    build(lock('quick', 0)),
    build(leave('source'), { 'source-omi': Image?.ImageId ?? '' }),
    build(leave('repository'), {}, 'org/other'),
    build(`${leave('failed')}; busybox dd if=/dev/zero of=${directory}/large bs=1M count=30`),
  ];
  const ran = await Promise.all(all.map((job) => job.main()));
  expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0, 1]);
  expect(ran.map(({ text }) => shownBy(text))).toEqual(['one', 'one', nothing, nothing, 'one']);
  expect(ran.at(-1)?.text).toMatch(/Cache \/var\/cache\/things: \d+ %25 of 15 MiB are used/);
  expect(ran.at(-1)?.text).toContain('Set cache_size to a larger size');
  expect(shownBy(successful(await build(leave('two')).main()).text)).toBe('slow');
}, 90_000);
