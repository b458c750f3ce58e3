/**
 * What looking into an image costs a build: a Debian of 300 packages, read from a disk that is mounted anew in every
 * run, so that nothing of it is in the page cache. The packages are the first ones of this machine, which must be a Debian
 * or an Ubuntu. Run as root, after `npm run build`: `node bench/inspection.mjs [runs]`
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { partitionsOf } from '../build/host/disk/partitions.js';
import { ImageTree } from '../build/host/image/image-fs.js';
import { readInventory } from '../build/quality/inventory/read.js';
import { lint } from '../build/quality/lint/lint.js';
import { lintedImage, lintSource } from '../build/quality/lint/source.js';
import { distributionOf } from '../build/quality/sbom/distribution.js';
import { readDebianLicenses } from '../build/quality/sbom/licenses.js';
import { part, printParts } from './lib/parts.mjs';

/** In milliseconds: both inventories, and all together. */
const aims = { inventory: 150, all: 500 };
const packageCount = 300;
const runs = Number(process.argv[2] ?? 7);
const signal = AbortSignal.timeout(300_000);
const run = (program, ...words) => execFileSync(program, words, { encoding: 'utf8' }).trim();

/** Writes the packages of this machine as those of an image. */
function writePackages(tree) {
  const paragraphs = readFileSync('/var/lib/dpkg/status', 'utf8').split('\n\n').slice(0, packageCount);
  if (paragraphs.length < packageCount)
    throw new Error(`this machine has less than ${packageCount} packages`);
  write(tree, '/var/lib/dpkg/status', `${paragraphs.join('\n\n')}\n\n`);
  for (const paragraph of paragraphs) {
    const name = /^Package: (.+)$/m.exec(paragraph)?.[1];
    const path = `/usr/share/doc/${name}/copyright`;
    try {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      copyFileSync(path, join(tree, path));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
}

function write(tree, path, content) {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
}

/** Programs, units and files that the inventory and lint look at. */
function writeSystem(tree) {
  for (let count = 0; count < 1000; count++) write(tree, `/usr/bin/program${count}`, '');
  for (const path of ['/etc/passwd', '/etc/group', '/etc/os-release']) write(tree, path, readFileSync(path));
  write(tree, '/etc/ssh/sshd_config', 'PasswordAuthentication no\n');
  write(tree, '/usr/sbin/sshd', '');
  write(tree, '/boot/vmlinuz-6.1', '');
  write(tree, '/boot/initrd.img-6.1', Buffer.alloc(20 * 2 ** 20, 'initramfs'));
  write(tree, '/boot/grub/grub.cfg', 'linux /boot/vmlinuz-6.1 root=UUID=1\ninitrd /boot/initrd.img-6.1\n');
}

/** What a build does with its image. */
async function inspect(root, disk) {
  const tree = new ImageTree(root);
  const partitions = await partitionsOf(disk, signal);
  const inventory = async () => await readInventory(tree, async () => undefined);
  await part('inventory of the source', inventory);
  const source = await part('lint of the source', () => lintSource(tree, partitions, signal));
  const { manager, packages } = await part('inventory', inventory);
  await part('lint', async () => await lint(lintedImage(tree, partitions, signal, source), []));
  await part('sbom', async () => {
    const { bomText } = await import('../build/quality/sbom/bom.js');
    const { of: licenses } = await readDebianLicenses(tree, packages, signal);
    const content = { manager, packages, licenses, distribution: distributionOf(tree) };
    bomText(content, { name: 'bench', properties: {}, serial: randomUUID(), createdAt: new Date() });
  });
  if (packages.length < packageCount * 0.9) throw new Error(`only ${packages.length} packages were read`);
}

const work = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const [tree, file, root] = ['tree', 'disk', 'mnt'].map((name) => join(work, name));
  mkdirSync(root);
  writePackages(tree);
  writeSystem(tree);
  run('mke2fs', '-q', '-t', 'ext4', '-d', tree, file, '300M');
  for (let count = 0; count < runs; count++) {
    run('mount', '-o', 'loop', file, root);
    try {
      await inspect(root, run('findmnt', '-no', 'SOURCE', root).replace('/dev/', ''));
    } finally {
      run('umount', root);
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
const sums = printParts(runs);
const sumOf = (wanted) => sums.filter(([name]) => wanted.test(name)).reduce((sum, [, ms]) => sum + ms, 0);
const [inventory, all] = [sumOf(/^inventory/), sumOf(/./)];
console.log(`inventories: ${inventory.toFixed(0)} ms (aim: ${aims.inventory})`);
console.log(`inventories, lint and SBOM: ${all.toFixed(0)} ms (aim: ${aims.all})`);
if (inventory > aims.inventory || all > aims.all) process.exitCode = 1;
