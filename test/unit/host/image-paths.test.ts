import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** A method to access a path of an image from the VM, and how often each file uses it. */
interface PathAccess {
  readonly what: string;
  readonly pattern: RegExp;
  readonly known: Readonly<Record<string, number>>;
}

/** Before you add a use, check whether it can work on a descriptor (open-inside.ts) instead. */
const accesses: readonly PathAccess[] = [
  {
    what: 'joins a path to the root of an image or of a mount namespace',
    pattern: /\$\{[^}]*(\.root|mountPath)\}|join\([^)]*(\b(sandbox|tree|location|image)\.root|mountPath)\b/,
    known: {
      // mount_path itself, not a path of the image.
      'steps/root.ts': 1,
      'steps/inspect/remount.ts': 1,
      // Paths in /dev of the VM.
      'host/sandbox/device-alias.ts': 3,
      // The source of a bind mount, a path of the VM.
      'host/chroot/chroot-mounts.ts': 1,
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
      // They read or empty what they have opened, with O_NOFOLLOW.
      'host/image/empty-file.ts': 1,
      'host/image/entries.ts': 1,
      // The root directory itself.
      'host/image/filesystem-size.ts': 1,
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
    // mount_path itself, or /dev/shm of the VM.
    known: {
      'steps/host-mounts.ts': 2,
      'host/sandbox/mount-partition.ts': 1,
      'host/sandbox/device-alias.ts': 1,
    },
  },
  {
    what: 'mounts on a descriptor',
    pattern: /\b(mountAt|bindAt|remountAt|protectProcAt)\(/,
    known: {
      'host/image/mount-at.ts': 4,
      'host/chroot/mount-fstab.ts': 1,
      'host/chroot/chroot-mounts.ts': 5,
      'host/chroot/devices.ts': 2,
      'host/image/inject.ts': 1,
    },
  },
];

/** The source files, named relative to src. The demo and the emulator do not process untrusted images. */
const sources = globSync('src/**/*.ts')
  .filter((path) => !/^src\/(demo|emulator)\//.test(path))
  .map((path) => ({ name: path.replace('src/', ''), text: readFileSync(path, 'utf8') }));

test.each(accesses)('only the listed files contain code that $what', ({ pattern, known }) => {
  const every = new RegExp(pattern, 'g');
  const found = sources
    .map(({ name, text }) => [name, text.match(every)?.length ?? 0] as const)
    .filter(([, count]) => count > 0);
  expect(Object.fromEntries(found)).toEqual(known);
});
