/** @once It has an emulator with minimal responses of its own. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { operations } from '../../src/outscale/api.js';
import { type Step, step } from '../support/action.js';
import { type TestCloud, useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const minimal = useCloud('--minimal-responses');

/** The calls in a row of the table of permissions. */
function callsFor(row: string): string[] {
  const page = readFileSync('docs/reference/permissions.md', 'utf8');
  const [, cells = ''] = new RegExp(`^\\| ${row} \\| (.*) \\|$`, 'm').exec(page) ?? [];
  return [...cells.matchAll(/`(\w+)`/g)].map(([, call = '']) => call);
}

/** Refuses all calls but these, as a policy does. */
const allowOnly = (at: TestCloud, allowed: readonly string[]): void =>
  at.fail(
    Object.keys(operations)
      .filter((operation) => !allowed.includes(operation))
      .map((operation) => ({
        operation,
        fault: 'refuse',
        times: 1_000,
        status: 401,
        code: '4',
        type: 'AccessDenied',
      })),
  );

const warnings = (text: string): string[] => text.match(/^::warning.*$/gm) ?? [];
const lostTags = /^::warning::The API refused the ownership tags of build-omi.*CreateTags.*code 4 /;

const job = (at: TestCloud, inputs: Readonly<Record<string, string>>): Step =>
  step(at, { inputs: { run: 'true\n', ...inputs } });

test.each([
  ['the account is that of the VM', () => cloud, `Account ${defaultAccount.id}`],
  ['the account is unknown', () => minimal, 'Account unknown'],
])('the calls that the permissions page requires are enough for a build: %s', async (_, at, account) => {
  const allowed = callsFor('every build');
  expect(allowed).toContain('CreateImage');
  expect(allowed).not.toContain('ReadAccounts');
  await expectNoLeftovers(at(), async () => {
    allowOnly(at(), allowed);
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
      allowOnly(at, callsFor('every build'));
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
    allowOnly(cloud, callsFor('every build'));
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
  allowOnly(minimal, callsFor('every build'));
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
