import { Readable } from 'node:stream';
import type { ImageTree } from './image-fs.js';
import { groupId, userId } from './install.js';

/** A text to install permanently as a file of the image. */
export interface TextToInstall {
  readonly content: string;
  readonly destination: string;
  /** Octal, as in chmod(1). Default: 0644. */
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/**
 * Writes a text to a file of the image. Owner and group are looked up in the image; default: root.
 * @throws BuildError if the image has no such owner or group, or the file cannot be written
 */
export async function installText(tree: ImageTree, file: TextToInstall): Promise<void> {
  await tree.install(file.destination, Readable.from([Buffer.from(file.content)]), {
    uid: file.owner === undefined ? 0 : userId(tree, file.owner),
    gid: file.group === undefined ? 0 : groupId(tree, file.group),
    mode: file.mode === undefined ? 0o644 : Number.parseInt(file.mode, 8),
  });
}
