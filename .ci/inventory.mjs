/** Lists what a build or a test could leave on this machine, one thing a line: what is new afterwards was left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const list = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** A file's text; nothing where what it told of is gone by now. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const mounts = read('/proc/self/mountinfo')
  .trimEnd()
  .split('\n')
  .map((line) => `mount ${line.split(' ')[4]}`);

const loops = list('/sys/block')
  .map((name) => [name, read(`/sys/block/${name}/loop/backing_file`).trim()])
  .filter(([, file]) => file !== '')
  .map(([name, file]) => `loop device ${name} of ${file}`);

/** But not free loop devices, which the kernel keeps. */
const devices = ['/dev', '/dev/disk/by-id']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { withFileTypes: true }))
  .filter((entry) => !entry.isDirectory() && !/^loop\d+$/.test(entry.name))
  .map((entry) => `device ${join(entry.parentPath, entry.name)}`);

/** The processes of this one's control group, which no daemon leaves. Kernel threads have no command. */
const group = read('/proc/self/cgroup');
const processes = list('/proc')
  .filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && read(`/proc/${pid}/cgroup`) === group)
  .map((pid) => [pid, read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()])
  .filter(([, command]) => command !== '')
  .map(([pid, command]) => `process ${pid} ${command.slice(0, 200)}`);

/** State, mount points, manifests, and what mkdtemp and mktemp named. */
const files = [
  ...['/var/lib/build-omi', '/mnt/build-omi'].flatMap((folder) =>
    list(folder).map((name) => join(folder, name)),
  ),
  ...list(tmpdir())
    .filter((name) => /[-.]\w{6,12}(\.json)?$/.test(name))
    .map((name) => join(tmpdir(), name)),
].map((path) => `file ${path}`);

console.log([...mounts, ...loops, ...devices, ...processes, ...files].join('\n'));
