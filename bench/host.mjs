/**
 * What discovery, isolation and unmount add to a build, part by part, against a plain chroot with plain mounts in the
 * same run. Run as root, after `npm run build`: `node bench/host.mjs [runs]`
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMounts } from '../build/config/types/mounts.js';
import { makeSourceDisk } from '../build/demo/source-disk.js';
import { mountChroot } from '../build/host/chroot/chroot-mounts.js';
import { disks, namesInDev } from '../build/host/disk/block-devices.js';
import { evidenceOf, identifyDisk } from '../build/host/disk/evidence.js';
import { whyNotQuiesced } from '../build/host/disk/exclusive.js';
import { layoutOf } from '../build/host/disk/partitions.js';
import { waitUntilFree } from '../build/host/disk/wait-until-free.js';
import { ImageTree } from '../build/host/image/image-fs.js';
import { mountPartition } from '../build/host/sandbox/mount-partition.js';
import { endNamespace, startNamespace } from '../build/host/sandbox/namespaces.js';
import { part, printParts } from './lib/parts.mjs';

const aim = 300;
/** How its namespaces are called. */
const sandboxName = 'bench';
const runs = Number(process.argv[2] ?? 11);
const signal = AbortSignal.timeout(300_000);
const run = (program, ...words) => execFileSync(program, words, { encoding: 'utf8' }).trim();

async function isolated(disk, path) {
  const before = [];
  const layout = await part('discovery', async () => {
    const now = disks();
    identifyDisk(evidenceOf('/dev/xvdb', 'vol-00000000', before, now, namesInDev(undefined)), undefined, now);
    return await layoutOf(disk, signal);
  });
  const { partitions } = layout;
  const sandbox = await part('isolation: namespaces', () => startNamespace(sandboxName).open());
  const tree = new ImageTree(`${sandbox.root}${path}`);
  await part('isolation: mounts', async () => {
    await mountPartition(sandbox, partitions[0], path, [], signal);
    const visible = { disk, alias: 'xvdzz', partitions };
    const mounter = sandbox.mounter(signal);
    await mountChroot({ sandbox, tree, mountPath: path, disk: visible, signal }, mounter, defaultMounts);
    await mounter[Symbol.asyncDispose]();
    await sandbox.pivot(path);
  });
  await part('unmount', async () => {
    await sandbox.killAll(signal);
    await endNamespace(sandbox.holder, sandboxName, signal);
    await waitUntilFree(disk, () => whyNotQuiesced(partitions[0]), { log: console.log, signal });
  });
}

async function plain(disk, path) {
  await part('plain', () => {
    run('mount', `/dev/${disk}p1`, path);
    run('mount', '-t', 'proc', 'proc', `${path}/proc`);
    run('mount', '-t', 'sysfs', 'sysfs', `${path}/sys`);
    run('mount', '--bind', '/dev', `${path}/dev`);
    for (const inner of ['/dev', '/sys', '/proc', '']) run('umount', `${path}${inner}`);
  });
}

const work = mkdtempSync(join(tmpdir(), 'bench-'));
const path = join(work, 'mnt');
mkdirSync(path);
await makeSourceDisk(join(work, 'disk'), work);
const disk = run('losetup', '--find', '--show', '--partscan', join(work, 'disk')).replace('/dev/', '');
try {
  await layoutOf(disk, signal);
  for (let count = 0; count < runs; count++) {
    await isolated(disk, path);
    await plain(disk, path);
  }
  const sums = printParts(runs);
  const [, base] = sums.find(([name]) => name === 'plain');
  const added = sums.reduce((sum, [, ms]) => sum + ms, -2 * base);
  console.log(`added to a plain chroot: ${added.toFixed(0)} ms (aim: ${aim})`);
  if (added > aim) process.exitCode = 1;
} finally {
  run('partx', '--delete', `/dev/${disk}`);
  run('losetup', '--detach', `/dev/${disk}`);
  rmSync(work, { recursive: true });
}
