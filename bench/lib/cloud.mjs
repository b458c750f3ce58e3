/** An emulator with a source OMI, for benchmarks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { publishDisk } from '../../build/demo/publish-disk.js';
import { makeSourceDisk } from '../../build/demo/source-disk.js';
import { removeEmulator } from '../../build/emulator/remove.js';
import { createCloud } from '../../build/outscale/client/client.js';
import { createTransport } from '../../build/outscale/client/transport.js';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');

/**
 * @param waits milliseconds of `latency` and `snapshot`
 * @param limits `rate`: calls a second; `delete-time`: how long a deleted volume or snapshot remains
 */
export async function startEmulator({ latency, snapshot }, limits) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const record = join(folder, 'record.jsonl');
  const flags = ['--latency', latency, '--snapshot-time', snapshot, '--record', record].map(String);
  const limit = ['rate', 'delete-time'].flatMap((name) =>
    limits[name] === undefined ? [] : [`--${name}`, limits[name]],
  );
  const directory = join(folder, 'cloud');
  const emulator = spawn(process.execPath, [cli, 'emulator', '--directory', directory, ...flags, ...limit], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const environment = {};
  for await (const line of createInterface({ input: emulator.stdout })) {
    const [name, value] = line.split(/=(.*)/);
    environment[name] = value;
    if (name === 'OSC_SECRET_KEY') break;
  }
  emulator.stdout.resume();
  const { OSC_ENDPOINT_API: endpoint, OSC_ACCESS_KEY: accessKey, OSC_SECRET_KEY: secretKey } = environment;
  const metadata = async (path) => await (await fetch(`${environment.METADATA_ENDPOINT}/${path}`)).text();
  const vm = {
    'vm-id': await metadata('instance-id'),
    subregion: await metadata('placement/availability-zone'),
    region: 'eu-west-2',
  };
  const api = createCloud({
    endpoint,
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey, secretKey }),
    transport: createTransport(),
  });
  mkdirSync(join(folder, 'source'));
  await makeSourceDisk(join(folder, 'source.img'), join(folder, 'source'));
  const source = await publishDisk(api, join(folder, 'source.img'), 'bench-source');
  let read = readFileSync(record).lastIndexOf('\n') + 1;
  return {
    folder,
    source,
    environment,
    /** Options that replace the metadata service, whose time limit of 1 s is no matter of this measurement. */
    vm,
    /** The requests since the last call of this function. */
    requests() {
      const written = readFileSync(record);
      // The last line may not be complete.
      const end = written.lastIndexOf('\n') + 1;
      const fresh = written.subarray(read, end);
      read = end;
      return fresh.toString().split('\n').filter(Boolean).map(JSON.parse);
    },
    async end() {
      emulator.kill('SIGTERM');
      await once(emulator, 'exit');
      await removeEmulator(directory);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
