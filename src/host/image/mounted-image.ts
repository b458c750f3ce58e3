import type { Sandbox } from '../sandbox/sandbox.js';
import type { ImageTree } from './image-fs.js';

/** An image that is mounted in the namespaces of a build. */
export interface MountedImage {
  readonly sandbox: Sandbox;
  readonly tree: ImageTree;
  /** The mount point of the image, as a path in the mount namespace. */
  readonly mountPath: string;
  readonly signal: AbortSignal;
}
