import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import { cleanUp } from '../../../../src/cleanup/clean-up.js';
import { withLedger } from '../../../../src/cleanup/replay.js';
import { applyRetention, findForPrune } from '../../../../src/cleanup/retention/retention.js';
import { Ledger } from '../../../../src/ledger/ledger.js';
import type { Tools } from '../../../../src/runtime/tools.js';
import { toolsOf } from '../../../support/tools.js';
import { accountOf, accountWith, Killed, type MemoryAccount } from './account.js';
import { withNew } from './twenty.js';

const policy = { family: 'web', last: 2, age: undefined };

/** A process with a ledger; after its death it writes no more lines. */
interface Process {
  readonly tools: Tools;
  readonly lines: string[];
  readonly log: string[];
}

async function processOf(account: MemoryAccount, until = Number.POSITIVE_INFINITY): Promise<Process> {
  const [lines, log]: [string[], string[]] = [[], []];
  let isDead = false;
  const calls = account.calls.length;
  const fault = account.fault;
  account.fault = (operation, call) => {
    if (isDead) return 'before';
    const when = call - calls >= until ? fault(operation, call) : undefined;
    isDead = when !== undefined;
    return when;
  };
  const tools = await toolsOf('0123456789ab', account.cloud, 1000, (text) => log.push(text));
  const { header } = tools.ledger;
  const ledger = new Ledger(header, (line) => {
    if (!isDead) lines.push(line);
  });
  await ledger.begin('123456789012');
  return { tools: withLedger(tools, ledger), lines, log };
}

/** Retention after a build whose OMI is the one of day 0, unless another one is named. */
const retain = async (
  { tools }: Process,
  { last = 2, newest = { id: 'ami-0', name: 'web 0' } } = {},
): ReturnType<typeof applyRetention> =>
  await applyRetention({ policy: { ...policy, last }, vm: 'i-this', newest }, async () => {}, tools);

const left = ({ images, snapshots }: MemoryAccount): string[] => [...images.keys(), ...snapshots.keys()];
const wanted = ['ami-0', 'ami-1', 'snap-0', 'snap-1'];

test('the older OMIs go with their snapshots, the oldest first, and the log and the result say it', async () => {
  const account = accountWith([0, 1, 2, 3]);
  const process = await processOf(account);
  expect(await retain(process)).toEqual([
    { id: 'ami-3', name: 'web 3', snapshots: ['snap-3'] },
    { id: 'ami-2', name: 'web 2', snapshots: ['snap-2'] },
  ]);
  expect(left(account)).toEqual(wanted);
  const log = process.log.join('');
  expect(log).toContain('Deregistered ami-2 web 2');
  expect(log).toContain('Deleted snap-3 of ami-3');
  expect(process.tools.ledger.open()).toEqual([]);
});

/** The calls that retention makes, each with the moment of the death. */
const deaths = Array.from({ length: 30 }, (_, call) => call + 1).flatMap((call) =>
  (['before', 'after'] as const).map((when) => [call, when] as const),
);

/** An account before a retention, and its options. */
interface Case {
  readonly account: () => MemoryAccount;
  readonly options?: Parameters<typeof retain>[1];
}

/** What is left after a run that was killed and the next run; undefined if the first one had ended before. */
async function survivors(
  { account: create, options }: Case,
  [call, when]: (typeof deaths)[number],
): Promise<object | undefined> {
  const account = create();
  account.fault = () => when;
  const dying = await processOf(account, call);
  await retain(dying, options).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
  if (account.calls.length < call) return undefined;
  account.fault = () => undefined;
  const { ledger } = Ledger.resume(`${dying.lines.join('\n')}\n`, () => {});
  // The request has expired.
  for (const claim of ledger.openOf('expired'))
    if (claim.data.asked) ledger.update(claim, { asked: new Date(0).toISOString() });
  const next = await processOf(account);
  const failures = await cleanUp(withLedger(next.tools, ledger));
  await retain(next, options);
  return { call, when, failures, open: ledger.open(), left: left(account) };
}

/** Those of the table that go, and their snapshots: the test of decisions has the reasons of the others. */
const gone = ['ami-7', 'ami-12', 'ami-18', 'ami-19', 'snap-7', 'snap-12', 'snap-19'];

test.each<readonly [string, Case, readonly string[]]>([
  ['four OMIs', { account: () => accountWith([0, 1, 2, 3]) }, wanted],
  [
    'twenty OMIs in all states of use',
    {
      account: () => accountOf(withNew),
      options: { last: 3, newest: { id: 'ami-new', name: 'web new' } },
    },
    left(accountOf(withNew)).filter((id) => !gone.includes(id)),
  ],
])('killed at any call, before or after it is carried out, the next run finishes: %s', async (_, ...row) => {
  const [one, rest] = row;
  const all = await Promise.all(deaths.map(async (death) => await survivors(one, death)));
  expect(all.at(-1)).toBeUndefined();
  const found = all.filter((result) => result !== undefined);
  expect(found.length).toBeGreaterThan(20);
  const others = found.filter(
    (result) => !isDeepStrictEqual(result, { ...result, failures: [], open: [], left: rest }),
  );
  expect(others).toEqual([]);
});

test.each<readonly [string, (account: MemoryAccount) => void, RegExp]>([
  [
    'a read fails',
    (account) => (account.fault = (op) => (op === 'ReadVms' ? 'before' : undefined)),
    /No older OMI/,
  ],
  [
    'the list of VMs lacks this VM',
    (account) => (account.vms = [{ VmId: 'i-other', State: 'running' }]),
    /ReadVms does not list i-this: its answer is not complete/,
  ],
  ['the list of VMs is empty', (account) => (account.vms = []), /ReadVms does not list i-this/],
  [
    'the list of OMIs lacks the new one',
    (account) => account.images.delete('ami-0'),
    /ReadImages does not list ami-0: its answer is not complete/,
  ],
])('nothing is removed if %s', async (_, spoil, message) => {
  const account = accountWith([0, 1, 2, 3]);
  spoil(account);
  const before = left(account);
  const process = await processOf(account, 0);
  expect(await retain(process)).toEqual([]);
  expect(left(account)).toEqual(before);
  expect(process.log.join('')).toMatch(message);
});

test('without a known VM, prune removes nothing if no VM is listed', async () => {
  const account = accountWith([0, 1, 2, 3]);
  const found = await findForPrune(policy, undefined, account.cloud);
  expect(found.decisions.filter(({ goes }) => goes).map(({ id }) => id)).toEqual(['ami-2', 'ami-3']);
  account.vms = [];
  await expect(findForPrune(policy, undefined, account.cloud)).rejects.toThrow('ReadVms lists no VM');
});

test('an OMI that a VM uses by now stays, if its removal was announced and not requested', async () => {
  const account = accountWith([0, 1, 2]);
  const { tools } = await processOf(account);
  tools.ledger.claim('expired', { image: 'ami-2', name: 'web 2', snapshots: ['snap-2'] });
  account.vms = [...account.vms, { VmId: 'i-new', ImageId: 'ami-2', State: 'running' }];
  expect(await cleanUp(tools)).toEqual([]);
  expect(
    await applyRetention({ policy, vm: 'i-this', newest: { id: 'ami-0' } }, async () => {}, tools),
  ).toEqual([]);
  expect(left(account)).toHaveLength(6);
});

test('a snapshot that another OMI maps by now stays', async () => {
  const account = accountWith([0, 1, 2]);
  const { tools, log } = await processOf(account);
  account.images.delete('ami-2');
  const mapping = { DeviceName: '/dev/sdb', Bsu: { SnapshotId: 'snap-2' } };
  account.images.set('ami-new', { ImageId: 'ami-new', BlockDeviceMappings: [mapping] });
  tools.ledger.claim('expired', { image: 'ami-2', name: 'web 2', snapshots: ['snap-2'], deleted: true });
  expect(await cleanUp(tools)).toEqual([]);
  expect(account.snapshots.has('snap-2')).toBe(true);
  expect(log.join('')).toContain('snap-2 not deleted: still used by ami-new');
});
