import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ImageTree } from '../../../src/host/image/image-fs.js';

/** A directory as the root of an image. */
export interface TestImage extends Disposable {
  readonly tree: ImageTree;
  /** The path on this machine of a path in the image; its parent directories exist. */
  at(path: string): string;
  write(path: string, content: string | Buffer): void;
}

/** An image with these files, by path. */
export function imageOf(files: Readonly<Record<string, string>> = {}): TestImage {
  const root = mkdtempSync(join(tmpdir(), 'build-omi-image-'));
  const at = (path: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  const image = {
    tree: new ImageTree(root),
    at,
    write: (path: string, content: string | Buffer) => writeFileSync(at(path), content),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
  for (const [path, text] of Object.entries(files)) image.write(path, text);
  return image;
}
