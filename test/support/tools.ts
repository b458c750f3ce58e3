import { Ledger } from '../../src/ledger/ledger.js';
import type { Cloud } from '../../src/outscale/client/client.js';
import { createReport } from '../../src/report/create-report.js';
import type { Remote } from '../../src/runtime/remote.js';
import { createTools, type Tools } from '../../src/runtime/tools.js';

/**
 * The tools of a build that has a ledger in memory.
 * @param limit the time limit of every wait, in milliseconds
 * @param write receives the log
 * @param time the clock of waits; of the system by default
 * @param remote the clients of other services
 * @param ledger in memory by default
 */
export async function toolsOf(
  id: string,
  cloud: Cloud,
  limit = 30_000,
  write: (text: string) => void = () => {},
  time: Parameters<typeof createTools>[0]['time'] = {},
  remote?: Remote,
  ledger?: Ledger,
): Promise<Tools> {
  const owner = { pid: 1, start: '', boot: '' };
  const header = { build: id, endpoint: '', region: '', vm: '', user: 0, owner };
  const parts = {
    build: {
      id,
      startedAt: new Date(),
      user: { name: 'root', uid: 0, gid: 0, home: '/root' },
      workspace: '/',
      repository: '/',
      passthroughEnv: {},
      stateDir: '/proc/nonexistent',
      deviceLock: '/proc/nonexistent',
      pathsInUse: async () => [],
      namesInUse: async () => new Map<string, string>(),
      devicesInUse: () => [],
    },
    cloud,
    ...(remote === undefined ? {} : { remote }),
    ledger: ledger ?? new Ledger({ ledger: 1, ...header }, () => {}),
    report: await createReport({ environment: {}, write, clock: () => 0 }),
    signal: new AbortController().signal,
    time,
  };
  const all = { volume: limit, snapshot: limit, image: limit, transfer: limit };
  return createTools(parts, { ...all, queue: limit, stall: limit });
}
