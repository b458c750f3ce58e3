/**
 * An account of a simulated cloud in virtual time: it counts calls per second, refuses those above its limit (429, code
 * 24), and its resources are ready after a while: a volume and an OMI after 4 s, link and unlink after 3 s, a snapshot
 * after 20 to 40 s.
 */
export class FleetAccount {
  calls = 0;
  refused = 0;
  #second = -1;
  #inSecond = 0;
  #ready = new Map();
  #next = 1;

  constructor(time, rate, random) {
    this.time = time;
    this.rate = rate;
    this.random = random;
  }

  /** The transport of the client, see src/outscale/client/transport.ts. */
  transport = async ({ url, body }) => {
    await this.time.sleep(20 + 40 * this.random());
    const isRefused = this.#count();
    const answer = isRefused ? refusal : this.#answer(url.split('/').pop(), JSON.parse(body));
    await this.time.sleep(20 + 40 * this.random());
    return { status: isRefused ? 429 : 200, headers: {}, body: JSON.stringify(answer) };
  };

  #count() {
    const second = Math.floor(this.time.clock() / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    this.calls += 1;
    if (this.#inSecond >= this.rate) {
      this.refused += 1;
      return true;
    }
    this.#inSecond += 1;
    return false;
  }

  #answer(operation, { Filters, VolumeId }) {
    switch (operation) {
      case 'CreateVolume':
        return { Volume: { VolumeId: this.#make('vol', 4_000) } };
      case 'LinkVolume':
      case 'UnlinkVolume':
        this.#delay(VolumeId, 3_000);
        return {};
      case 'CreateSnapshot':
        return { Snapshot: { SnapshotId: this.#make('snap', 20_000 + 20_000 * this.random()) } };
      case 'CreateImage':
        return { Image: { ImageId: this.#make('ami', 4_000) } };
      case 'ReadVolumes':
        return { Volumes: this.#states(Filters?.VolumeIds, 'VolumeId') };
      case 'ReadSnapshots':
        return { Snapshots: this.#states(Filters?.SnapshotIds, 'SnapshotId') };
      case 'ReadImages':
        return { Images: this.#states(Filters?.ImageIds, 'ImageId') };
      case 'ReadVms':
        return { Vms: [] };
      case 'ReadAccounts':
        return { Accounts: [] };
      default:
        return {};
    }
  }

  #make(kind, ms) {
    const id = `${kind}-${(this.#next++).toString(16).padStart(8, '0')}`;
    this.#delay(id, ms);
    return id;
  }

  #delay(id, ms) {
    this.#ready.set(id, this.time.clock() + ms);
  }

  #states(ids = [], key) {
    return ids
      .filter((id) => this.#ready.has(id))
      .map((id) => ({ [key]: id, State: this.#ready.get(id) <= this.time.clock() ? 'ready' : 'pending' }));
  }
}

const refusal = { Errors: [{ Code: '24', Type: 'RequestLimitExceeded', Details: '' }] };
