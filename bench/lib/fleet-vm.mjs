import { dueTime, expectationOf, noted, pollTimes } from '../../build/common/poll-times.js';
import { waitFor } from '../../build/common/wait.js';
import { sharedChecks } from '../../build/fleet/shared-checks.js';
import { waitReads } from '../../build/fleet/wait-reads.js';
import { createCloud } from '../../build/outscale/client/client.js';
import { createPace, paceLogInMemory } from '../../build/outscale/client/pace.js';
import { isTransient } from '../../build/outscale/errors.js';

const { signal } = new AbortController();

/** The reads of waits that the builds of a VM share, as src/fleet/read-board.ts, in memory. */
class Board {
  #waits = new Set();
  #answers = new Map();
  announce = (operation, id) => void this.#waits.add(`${operation} ${id}`);
  withdraw = (operation, id) => void this.#waits.delete(`${operation} ${id}`);
  waiting = (operation) =>
    [...this.#waits].filter((wait) => wait.startsWith(`${operation} `)).map((wait) => wait.split(' ')[1]);
  answer = (operation) => this.#answers.get(operation);
  publish = (operation, answer) => void this.#answers.set(operation, answer);
}

/**
 * A VM that builds with the product's client, pace, shared reads and waits, in virtual time. It makes the calls of a
 * build from a source OMI with one script, in their order (`npm run bench:build` counts those of a real one).
 */
export class FleetVm {
  #board = new Board();
  #durations = new Map();

  constructor(account, random) {
    const { time } = account;
    this.time = time;
    this.cloud = createCloud({
      endpoint: 'https://api.example/api/v1',
      region: 'eu-west-2',
      keys: () => Promise.resolve({ accessKey: 'A', secretKey: 'S' }),
      transport: account.transport,
      pace: createPace({ log: paceLogInMemory(), clock: () => Math.floor(time.clock()), sleep: time.sleep }),
      clock: time.clock,
      steady: time.clock,
      sleep: time.sleep,
      random,
    });
  }

  /** @param script milliseconds that provisioning takes */
  async build(script) {
    const call = async (operation, request = {}) => await this.cloud.call(operation, request);
    const checks = sharedChecks(this.cloud, this.#board, signal, this.time, this.time.clock());
    await checks.call('ReadAccounts', {});
    await checks.call('ReadImages', { Filters: { ImageIds: ['ami-12345678'] } });
    await call('ReadImages');
    await checks.call('ReadVms', {});
    await checks.call('CreateImage', { DryRun: true });
    const { Volume } = await call('CreateVolume', { ClientToken: 'token' });
    const volume = Volume.VolumeId;
    await call('CreateTags');
    await this.#wait('create', ['volume', volume]);
    await call('LinkVolume', { VolumeId: volume });
    await this.#wait('link', ['volume', volume]);
    await this.time.sleep(script);
    const { Snapshot } = await call('CreateSnapshot', { ClientToken: 'token' });
    await call('CreateTags');
    await call('UnlinkVolume', { VolumeId: volume });
    await this.#wait('snapshot', ['snapshot', Snapshot.SnapshotId]);
    await call('ReadVolumes', { Filters: { VolumeIds: [volume] } });
    const { Image } = await call('CreateImage');
    await this.#wait('image', ['image', Image.ImageId]);
    await call('CreateTags');
    await call('DeleteVolume', { VolumeId: volume });
  }

  async #wait(kind, [type, id]) {
    const isDone = ({ State }) => State === 'ready';
    const earlier = this.#durations.get(kind) ?? [];
    const expected = expectationOf(earlier);
    const reads = waitReads(this.cloud, this.#board, signal, dueTime(expected), this.time);
    reads.announce(type, id);
    await waitFor({
      what: kind,
      read: () => reads[type](id, isDone),
      done: isDone,
      describe: ({ State }) => ({ state: State }),
      transient: isTransient,
      timeout: Number.MAX_SAFE_INTEGER,
      interval: pollTimes(expected),
      clock: this.time.clock,
      sleep: this.time.sleep,
    }).finally(() => reads.end());
    this.#durations.set(kind, [...earlier, noted(reads.times(), expected)].slice(-10));
  }
}
