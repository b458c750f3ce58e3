import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { exec } from '../host/exec/exec.js';
import { which } from '../host/exec/programs.js';

const sector = 512;
/** Start of the partition in sectors: the first MiB is free, as usual. */
const start = 2048;
/** Size of the filesystem in MiB: small, because it is copied often. */
const filesystemSize = 48;

/** Programs that scripts of the demo and of tests use. */
const tools = [
  'cat',
  'ls',
  'mkdir',
  'echo',
  'sleep',
  'uname',
  'id',
  'touch',
  'rm',
  'readlink',
  'env',
  'ln',
  'head',
  'tr',
  'grep',
  'ps',
  'kill',
  'mount',
  'true',
  'false',
  'hostname',
  'seq',
];

/**
 * Creates a disk with one partition that contains a small Linux made of programs of this machine: a static
 * busybox, or else the shell and some tools with their libraries. It needs mke2fs, no partitioning tool and
 * no mount.
 * @param path the disk image to create.
 * @param work an empty directory for intermediate files.
 */
export async function makeSourceDisk(path: string, work: string): Promise<void> {
  const tree = join(work, 'tree');
  for (const folder of ['bin', 'etc', 'proc', 'sys', 'dev', 'run', 'tmp', 'root', 'usr/bin', 'var']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  chmodSync(join(tree, 'tmp'), 0o1777);
  writeFileSync(join(tree, 'etc/os-release'), 'NAME="build-omi demo"\nID=demo\n');
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(tree, 'etc/group'), 'root:x:0:\n');
  symlinkSync('../run/systemd/resolve/stub-resolv.conf', join(tree, 'etc/resolv.conf'));
  await addPrograms(tree);
  await exec(
    [
      'mke2fs',
      '-q',
      '-t',
      'ext4',
      '-L',
      'root',
      '-d',
      tree,
      '-E',
      `offset=${start * sector},root_owner=0:0`,
      path,
      `${filesystemSize}M`,
    ],
    { limit: 'disk' },
  );
  writePartitionTable(path);
}

async function addPrograms(tree: string): Promise<void> {
  const busybox = which('busybox');
  if (busybox !== undefined && (await libraries(busybox)).length === 0) {
    copyFileSync(busybox, join(tree, 'bin/busybox'));
    for (const tool of ['sh', ...tools]) symlinkSync('busybox', join(tree, 'bin', tool));
    return;
  }
  for (const tool of ['sh', ...tools]) {
    const program = which(tool);
    if (program === undefined) continue;
    copyFileSync(realpathSync(program), join(tree, 'bin', tool));
    for (const library of await libraries(program)) {
      mkdirSync(dirname(join(tree, library)), { recursive: true });
      copyFileSync(realpathSync(library), join(tree, library));
    }
  }
}

/** The shared libraries of a program and its loader. A static program has none: ldd(1) exits with 1. */
async function libraries(program: string): Promise<string[]> {
  const { stdout } = await exec(['ldd', program], { answers: [1] });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}

/** Writes a master boot record with one Linux partition, without a partitioning tool. */
function writePartitionTable(path: string): void {
  const record = Buffer.alloc(sector);
  const entry = 446;
  record.writeUInt8(0x80, entry);
  record.writeUInt8(0x83, entry + 4);
  record.writeUInt32LE(start, entry + 8);
  record.writeUInt32LE((filesystemSize * 2 ** 20) / sector, entry + 12);
  record.writeUInt16LE(0xaa55, 510);
  const file = openSync(path, 'r+');
  try {
    writeSync(file, record, 0, sector, 0);
  } finally {
    closeSync(file);
  }
}
