import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync, truncateSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { entriesOf } from '../../../src/host/image/entries.js';
import { changesBetween } from '../../../src/quality/inventory/changes.js';
import { readInventory } from '../../../src/quality/inventory/read.js';
import { packagesOfRpm } from '../../../src/quality/inventory/rpm.js';
import { changesText } from '../../../src/quality/inventory/text.js';
import type { Inventory, Package } from '../../../src/quality/inventory/types.js';
import { imageOf, type TestImage } from './image.js';

const noRpm = () => Promise.resolve(undefined);
const read = async (image: TestImage): Promise<Inventory> => await readInventory(image.tree, noRpm);

const paragraph = (name: string, version: string, status = 'install ok installed'): string =>
  `Package: ${name}\nStatus: ${status}\nDescription: of ${name}\n Package: not a field\nArchitecture: amd64\nVersion: ${version}\n`;
const deb = (name: string, version: string): Package => ({ name, version, architecture: 'amd64' });

test('the inventory of a Debian image', async () => {
  using image = imageOf({
    '/var/lib/dpkg/status': [
      paragraph('nginx', '1.22.1-9'),
      paragraph('removed', '1', 'deinstall ok config-files'),
      paragraph('half', '1', 'install ok half-installed'),
      paragraph('base-files', '12.4'),
    ].join('\n'),
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
    '/etc/group': 'root:x:0:\n# a comment\n+::::\n',
    '/usr/bin/sudo': '',
    '/usr/bin/ls': '',
    '/boot/vmlinuz-6.1.0-1': '',
    '/lib/modules/6.1.0-2/modules.dep': '',
  });
  chmodSync(image.at('/usr/bin/sudo'), 0o4755);
  symlinkSync('usr/bin', image.at('/bin'));
  symlinkSync('/lib/systemd/system/x.service', image.at('/etc/systemd/system/a.target.wants/x.service'));
  symlinkSync('/lib/systemd/system/x.service', image.at('/etc/systemd/system/b.target.requires/x.service'));
  const { usedBytes, ...inventory } = await read(image);
  expect(usedBytes).toBeGreaterThan(0);
  expect(inventory).toEqual({
    manager: 'dpkg',
    packages: [deb('base-files', '12.4'), deb('nginx', '1.22.1-9')],
    units: ['x.service'],
    users: ['alice', 'root'],
    groups: ['+', 'root'],
    setuid: ['/usr/bin/sudo'],
    kernels: ['6.1.0-1', '6.1.0-2'],
    problems: [],
  });
});

test('the packages of an Alpine image', async () => {
  const text =
    'C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:ld-musl.so\n\nP:busybox\nV:1.36-r5\nA:x86_64\n';
  using image = imageOf({ '/lib/apk/db/installed': text });
  const { manager, packages } = await read(image);
  expect(manager).toBe('apk');
  expect(packages).toEqual([
    { name: 'busybox', version: '1.36-r5', architecture: 'x86_64' },
    { name: 'musl', version: '1.2.4-r2', architecture: 'x86_64' },
  ]);
});

test('the output of rpm without its keys', () => {
  expect(
    packagesOfRpm(['bash\t5.2-1\tx86_64', 'gpg-pubkey\t1-2\t(none)', 'data\t1:2-3\t(none)', 'a warning']),
  ).toEqual([
    { name: 'bash', version: '5.2-1', architecture: 'x86_64' },
    { name: 'data', version: '1:2-3', architecture: '' },
  ]);
});

test('a sparse database of 1 GB is reported, and the rest of the inventory is read', async () => {
  using image = imageOf({ '/var/lib/dpkg/status': '', '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n' });
  truncateSync(image.at('/var/lib/dpkg/status'), 1e9);
  const before = process.memoryUsage().rss;
  const inventory = await read(image);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  expect(inventory.packages).toBeUndefined();
  expect(inventory.users).toEqual(['root']);
  expect(inventory.problems).toEqual([
    'Packages not read: /var/lib/dpkg/status of the image is larger than the limit of 64 MiB',
  ]);
});

test.each([
  [
    'cyclic symbolic links',
    (image: TestImage, path: string) => symlinkSync(path, image.at(path)),
    /too many levels/,
  ],
  ['FIFOs', (image: TestImage, path: string) => execFileSync('mkfifo', [image.at(path)]), undefined],
] as const)('%s in place of what is read harm nobody', async (_, make, problem) => {
  using image = imageOf();
  const paths = [
    '/var/lib/dpkg/status',
    '/etc/passwd',
    '/etc/group',
    '/usr/bin',
    '/boot',
    '/lib/modules',
    '/etc/systemd/system',
  ];
  for (const path of paths) make(image, path);
  const { packages, problems } = await read(image);
  expect(packages).toBeUndefined();
  expect(problems).toHaveLength(problem === undefined ? 0 : 6);
  for (const one of problems) expect(one).toMatch(problem ?? /^$/);
});

test('a directory with more entries than the limit is an error', () => {
  using image = imageOf({ '/boot/one': '', '/boot/two': '', '/boot/three': '' });
  expect(entriesOf(image.tree, '/boot', undefined, 3)).toHaveLength(3);
  expect(() => entriesOf(image.tree, '/boot', undefined, 2)).toThrow(
    '/boot of the image has more than 2 entries',
  );
});

const inventoryWith = (more: Partial<Inventory>): Inventory => ({
  packages: [],
  units: [],
  users: [],
  groups: [],
  setuid: [],
  kernels: [],
  usedBytes: 0,
  problems: [],
  ...more,
});

test('the changes between two inventories, as values and as one line', () => {
  const before = inventoryWith({
    packages: [deb('a', '1'), deb('b', '1'), deb('gone', '1')],
    units: ['old.service'],
    users: ['root'],
    groups: ['root'],
    usedBytes: 10 * 2 ** 20,
  });
  const after = inventoryWith({
    packages: [deb('a', '2'), deb('b', '1'), { ...deb('b', '1'), architecture: 'i386' }, deb('c', '1')],
    units: ['nginx.service'],
    users: ['alice', 'root'],
    groups: ['alice', 'docker', 'root'],
    kernels: ['1', '2', '3', '4', '5'],
    usedBytes: 58 * 2 ** 20,
  });
  const changes = changesBetween(before, after);
  expect(changes.packages).toEqual({
    added: [{ ...deb('b', '1'), architecture: 'i386' }, deb('c', '1')],
    updated: [{ ...deb('a', '2'), from: '1' }],
    removed: [deb('gone', '1')],
  });
  expect(changesText(changes)).toBe(
    '2 packages added, 1 updated, 1 removed; unit nginx.service enabled; unit old.service disabled; user alice added; group docker added; kernels 1, 2, 3 and 2 more added; +48 MiB',
  );
  expect(changesText(changesBetween(before, before))).toBe('+0 MiB');
});

test('several versions of one package, as rpm installs kernels', () => {
  const changes = changesBetween(
    inventoryWith({ packages: [deb('kernel', '1')] }),
    inventoryWith({ packages: [deb('kernel', '1'), deb('kernel', '2')] }),
  );
  expect(changes.packages).toEqual({ added: [deb('kernel', '2')], updated: [], removed: [] });
});

test('a part that could not be read has no changes', () => {
  const { users } = changesBetween(inventoryWith({ users: undefined }), inventoryWith({ users: ['root'] }));
  expect(users).toEqual({ added: [], removed: [] });
});
