import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { makeSourceDisk } from '../../src/demo/source-disk.js';
import { exec } from '../../src/host/exec/exec.js';
import { ImageTree } from '../../src/host/image/image-fs.js';
import { endNamespace, type Namespace, startNamespace } from '../../src/host/sandbox/namespaces.js';
import { type ExitStatus, runInside } from '../../src/host/sandbox/run.js';

const offset = 'loop,offset=1048576';

/** A disk with a small Linux in partition 1, in a folder of the test's own. */
export interface TestDisk extends Disposable {
  readonly folder: string;
  readonly file: string;
  /** Runs a shell script of the VM in the root of the filesystem, which is mounted for it alone. */
  change(script: string): Promise<void>;
  /**
   * Every file with all that is known of it: type, mode, owner, size, time of change, link, content,
   * attributes.
   */
  inspect(): Promise<string[]>;
}

let template: Promise<string> | undefined;
const templates: string[] = [];
afterAll(() => {
  for (const folder of templates) rmSync(folder, { recursive: true });
});

async function makeTemplate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-template-'));
  templates.push(folder);
  await makeSourceDisk(join(folder, 'disk'), folder);
  return join(folder, 'disk');
}

/** A copy of a disk: of that of a snapshot, or without `source` of the small Linux as it is made. */
export async function testDisk(source?: string): Promise<TestDisk> {
  template ??= makeTemplate();
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  const file = join(folder, 'disk');
  await exec(['cp', '--sparse=always', source ?? (await template), file]);
  const at = join(folder, 'mnt');
  mkdirSync(at);
  const inRoot = async (options: string, script: string): Promise<string> => {
    // While any program of the machine has a read-only loop device open it outlives its mount, and mount(8)
    // would use it again for the same file: then a mount that is to be written to would be read-only.
    // Another program of the machine may take the free loop device that mount(8) has found.
    const enter = `tries=5
      until mount -o "$1" "$2" "$3"; do tries=$((tries - 1)); [ $tries -gt 0 ]; sleep 0.1; done
      cd "$3"; eval "$4"; cd /; umount "$3"
      while losetup --list --noheadings --output RO --associated "$2" | grep -q 1; do sleep 0.01; done`;
    const argv = ['unshare', '--mount', 'sh', '-ec', enter, 'sh', options, file, at, script] as const;
    return (await exec([...argv])).stdout;
  };
  return {
    folder,
    file,
    change: async (script) => void (await inRoot(offset, script)),
    inspect: async () => {
      const files = `find . -printf '%p %y %m %U:%G %s %T@ -> %l\\n'`;
      const contents = `find . -type f -size -100k -exec sha256sum {} +`;
      const flags = `find . -type f -exec lsattr {} +`;
      // A line each, with its file.
      const attributes = `find . -exec getfattr -hd -m - -e hex {} + | awk '/^#/ { file = $0; next } /./ { print file, $0 }'`;
      const text = await inRoot(
        `${offset},ro,noload`,
        `{ ${files}; ${contents}; ${flags}; ${attributes}; } | sort`,
      );
      return text.split('\n').filter((line) => !line.includes(' ./lost+found '));
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** A disk's root, mounted in namespaces of its own. */
export interface TestSandbox extends AsyncDisposable {
  readonly sandbox: Namespace;
  readonly mountPath: string;
  readonly tree: ImageTree;
  readonly signal: AbortSignal;
  /** Makes the image the root. */
  enter(): Promise<ImageTree>;
  /** Runs a shell script in the image. */
  run(script: string): Promise<ExitStatus & { readonly lines: readonly string[] }>;
}

export async function testSandbox({ file, folder }: TestDisk): Promise<TestSandbox> {
  const signal = AbortSignal.timeout(30_000);
  const sandbox = await startNamespace('test').open();
  const mountPath = join(folder, 'mnt');
  await exec(sandbox.inside(['mount', '-o', offset, file, mountPath]));
  return {
    sandbox,
    mountPath,
    tree: new ImageTree(`${sandbox.root}${mountPath}`),
    signal,
    enter: async () => {
      await sandbox.pivot(mountPath);
      return new ImageTree(sandbox.root);
    },
    run: async (script) => {
      const lines: string[] = [];
      const ended = await runInside(sandbox, ['sh', '-ec', script], {
        env: { PATH: '/bin:/usr/bin' },
        onLine: (line) => lines.push(line),
        signal,
      });
      return { ...ended, lines };
    },
    [Symbol.asyncDispose]: async () => await endNamespace(sandbox.holder, 'test', signal),
  };
}
