import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Ways to turn a path of an image into a path of the VM, and how often each file uses one. */
interface Way {
  readonly what: string;
  readonly pattern: RegExp;
  readonly known: Readonly<Record<string, number>>;
}

/** A new use is added here after a look whether it can work on a descriptor (open-inside.ts) instead. */
const ways: readonly Way[] = [
  {
    what: 'joins a path to the root of an image or of a mount namespace',
    pattern: /\$\{[^}]*(\.root|mountPath)\}|join\([^)]*(\b(room|tree|place|image)\.root|mountPath)\b/,
    known: {
      // mount_path itself, which is not a path of the image.
      'steps/root.ts': 1,
      // Names in the /dev of the VM.
      'host/sandbox/device-alias.ts': 3,
    },
  },
  {
    what: 'resolves a path of an image',
    pattern: /\blocate\(/,
    known: {
      'host/image/path.ts': 1,
      'host/image/image-fs.ts': 8,
      'host/image/open-inside.ts': 1,
      'host/image/file-flags.ts': 1,
    },
  },
  {
    what: 'opens the root of an image',
    pattern: /\btree\.root\b/,
    known: {
      'host/image/open-inside.ts': 1,
      'host/image/file-flags.ts': 1,
      'host/image/restore.ts': 1,
      'steps/root.ts': 1,
    },
  },
  {
    what: 'starts mount(8), which resolves its paths as those of the VM',
    pattern: /(exec|inside)\(\[\s*'mount',/,
    // All of mount_path itself, or of /dev/shm of the VM.
    known: {
      'steps/host-mounts.ts': 2,
      'host/sandbox/mount-partition.ts': 1,
      'host/sandbox/device-alias.ts': 1,
    },
  },
  {
    what: 'mounts on a descriptor',
    pattern: /\b(mountAt|bindAt|remountAt)\(/,
    known: {
      'host/image/mount-at.ts': 3,
      'host/chroot/mount-fstab.ts': 1,
      'host/chroot/chroot-mounts.ts': 5,
      'host/chroot/devices.ts': 2,
      'host/image/inject.ts': 1,
    },
  },
];

/** The sources by their names below src; the demo and the emulator work on no stranger's images. */
const sources = globSync('src/**/*.ts')
  .filter((path) => !/^src\/(demo|emulator)\//.test(path))
  .map((path) => ({ name: path.replace('src/', ''), text: readFileSync(path, 'utf8') }));

test.each(ways)('what $what is known', ({ pattern, known }) => {
  const every = new RegExp(pattern, 'g');
  const found = sources
    .map(({ name, text }) => [name, text.match(every)?.length ?? 0] as const)
    .filter(([, count]) => count > 0);
  expect(Object.fromEntries(found)).toEqual(known);
});
