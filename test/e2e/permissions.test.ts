/** @once It has an emulator with minimal responses of its own. */
import { expect, test } from '@jest/globals';
import { requiredCalls } from '../../src/config/docs/permissions.js';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { type Step, step } from '../support/action.js';
import { allowOnly } from '../support/allow-only.js';
import { type TestCloud, useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const minimal = useCloud('--minimal-responses');

const warnings = (text: string): string[] => text.match(/^::warning.*$/gm) ?? [];
const lostTags = /^::warning::The API refused the ownership tags of build-omi.*CreateTags.*code 4 /;

const job = (at: TestCloud, inputs: Readonly<Record<string, string>>): Step =>
  step(at, { inputs: { run: 'true\n', ...inputs } });

test.each([
  ['the account is that of the VM', () => cloud, `account ${defaultAccount.id}`],
  ['the account is unknown', () => minimal, 'account unknown'],
])('the calls that the permissions page requires are enough for a build: %s', async (_, at, account) => {
  await expectNoLeftovers(at(), async () => {
    allowOnly(at(), requiredCalls);
    const one = job(at(), { 'omi-name': 'made with little' });
    const { text } = successful(await one.main());
    expect(text).toContain(account);
    expect(warnings(text)).toEqual([expect.stringMatching(lostTags)]);
    expect(warnings(successful(await one.post()).text)).toEqual([]);
    at().fail([]);
    return [one.outputs()['omi-id'] ?? '', one.outputs()['snapshot-id'] ?? ''];
  });
});

test('with these calls a failed build leaves nothing, and post finds the account of the build', async () => {
  for (const at of [cloud, minimal]) {
    await expectNoLeftovers(at, async () => {
      allowOnly(at, requiredCalls);
      const refused = job(at, { 'omi-name': 'never made', run: 'exit 3\n' });
      expect((await refused.main()).code).toBe(1);
      successful(await refused.post());
      const killed = job(at, { 'omi-name': 'never made', run: 'echo started\nsleep 60\n' });
      const main = killed.start();
      await main.waitForLine(/^started$/);
      main.child.kill('SIGKILL');
      await main.ended;
      successful(await killed.post());
      at.fail([]);
      return [];
    });
  }
});

test('a build fails if tags or sharing that the user wants are refused', async () => {
  const wanted: readonly Readonly<Record<string, string>>[] = [
    { tags: 'a=b' },
    { 'root-volume-tags': 'a=b' },
    { 'omi-account-ids': '222222222222' },
    { 'snapshot-users': '222222222222' },
  ];
  await expectNoLeftovers(cloud, async () => {
    allowOnly(cloud, requiredCalls);
    for (const inputs of wanted) {
      const { code, text } = await job(cloud, { 'omi-name': 'never made', ...inputs }).main();
      expect({ inputs, code }).toEqual({ inputs, code: 1 });
      expect(text).toMatch(/^::error.*(CreateTags|UpdateImage|UpdateSnapshot) failed: not permitted/m);
    }
    cloud.fail([]);
    return [];
  });
});

test('an OMI of this name is not replaced while it is unknown whose it is', async () => {
  allowOnly(minimal, requiredCalls);
  const { code, text } = await job(minimal, {
    'omi-name': 'story-source',
    'force-deregister': 'true',
  }).main();
  minimal.fail([]);
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*has the name story-source, and it is unknown whether it belongs to this account/,
  );
});
