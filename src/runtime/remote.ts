import { BuildError } from '../common/errors.js';
import type { Elsewhere } from '../ledger/elsewhere.js';
import type { ObjectStore } from '../object-store/store.js';
import { accountOf, unknownAccount } from '../outscale/calls/account.js';
import type { Cloud } from '../outscale/client/client.js';
import type { Keys } from '../outscale/client/sign.js';
import type { Transport } from '../outscale/client/transport.js';

/** A region, with the endpoint of its API. */
interface RegionalApi extends Pick<Elsewhere, 'region' | 'endpoint'> {
  /** The account there, if it is known. */
  readonly account?: string;
}

/** Keys that may expire. */
type CurrentKeys = Keys & { readonly current?: () => Promise<Keys> };

/** How a build reaches a region of `omi_regions`. */
export interface RegionAccess {
  readonly region: string;
  readonly endpoint: string;
  /** Undefined: those of the build. */
  readonly keys: CurrentKeys | undefined;
}

/** What a build uses besides the API of its region. */
export interface Remote {
  /** The object storage at an endpoint, with the keys of the build. */
  objectStore(endpoint: string): Promise<ObjectStore>;
  /**
   * The API of another region, with the keys for that region, else those of the build.
   * @throws BuildError if they belong to another account than the one that is known
   */
  cloud(to: RegionalApi): Promise<Cloud>;
  /**
   * A region of `omi_regions`, with the account of the keys for it.
   * @throws BuildError for any other region; ApiError if the API refuses the keys
   */
  region(name: string): Promise<Elsewhere>;
}

/** What clients of other services are created from. */
export interface RemoteOptions {
  readonly region: string;
  readonly vm: string;
  readonly keys: CurrentKeys;
  readonly others?: readonly RegionAccess[] | undefined;
  /** The transport for a URL, with its proxy. */
  readonly transportTo: (url: string) => Transport;
  readonly connectTo: (to: RegionalApi, keys: CurrentKeys) => Cloud;
  readonly debug: (line: string) => void;
}

/** Creates the clients of other services when they are first used: few builds need them. */
export function createRemote(options: RemoteOptions): Remote {
  const { region, vm, keys, others = [], transportTo, connectTo, debug } = options;
  const open = async (endpoint: string): Promise<ObjectStore> => {
    const { createObjectStore } = await import(/* webpackMode: "eager" */ '../object-store/store.js');
    const current = keys.current ?? ((): Promise<Keys> => Promise.resolve(keys));
    return createObjectStore({ endpoint, region, keys: current, transport: transportTo(endpoint), debug });
  };
  const connected = async (to: RegionalApi): Promise<{ cloud: Cloud; account: string }> => {
    const cloud = connectTo(to, others.find((one) => one.region === to.region)?.keys ?? keys);
    return { cloud, account: await accountOf(cloud, vm) };
  };
  const store = once(open);
  const api = once(async (name: string) => await connected(JSON.parse(name)));
  return {
    objectStore: store,
    cloud: async ({ region: name, endpoint, account: wanted = unknownAccount }) => {
      const { cloud, account } = await api(JSON.stringify({ region: name, endpoint }));
      if ([account, wanted].includes(unknownAccount) || account === wanted) return cloud;
      throw new BuildError(`Region ${name}: the keys belong to account ${account}, not to ${wanted}`, {
        hint: `Set omi_regions with the keys for ${name}.`,
      });
    },
    region: async (name) => {
      const endpoint = others.find((one) => one.region === name)?.endpoint;
      if (endpoint === undefined) throw new BuildError(`Region ${name} is not one of omi_regions`);
      const { account } = await api(JSON.stringify({ region: name, endpoint }));
      return { region: name, endpoint, account };
    },
  };
}

/** Calls a function once for each argument, and again if it failed. */
function once<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return async (name) => {
    const one = made.get(name) ?? make(name);
    made.set(name, one);
    return await one.catch((error: unknown) => {
      made.delete(name);
      throw error;
    });
  };
}

/** What a command without these clients has. */
export const noRemote: Remote = {
  objectStore: (endpoint) => Promise.reject(new BuildError(`This command has no client for ${endpoint}`)),
  cloud: ({ region }) => Promise.reject(new BuildError(`This command has no keys for region ${region}`)),
  region: (name) => Promise.reject(new BuildError(`This command has no keys for region ${name}`)),
};
