import { type StatsFs, statfsSync } from 'node:fs';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';

/** Size and free space of the root filesystem of an image (statfs(2)). */
export function filesystemSize({ root }: ImageTree): StatsFs {
  using location = locate(root, '/', 'itself');
  return statfsSync(location.path);
}
