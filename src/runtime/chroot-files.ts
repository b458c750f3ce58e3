import type { BuildConfig } from '../config/options/table.js';
import type { ImageTree } from '../host/image/image-fs.js';
import type { FileContent } from '../host/image/inject.js';
import { type FileToInject, filesToInject, servicePolicy } from '../host/image/injected-files.js';
import type { Tools } from './tools.js';

/** The options that say how the chroot of an image is set up. */
export interface ChrootConfig {
  readonly source: Pick<BuildConfig['source'], 'from_scratch'>;
  readonly mount: Pick<BuildConfig['mount'], 'chroot_mounts' | 'copy_files'>;
  readonly provision: Pick<BuildConfig['provision'], 'prevent_service_start'>;
}

/** An image before any script has run in it. */
interface Image {
  readonly tree: ImageTree;
  readonly hasSystem: boolean;
}

/**
 * The files to inject into an image for its scripts: those of `copy_files`, and the program that prevents
 * service starts, where the image has the program that asks it.
 */
export function filesForScripts(
  image: Image,
  files: readonly FileToInject[],
  config: ChrootConfig,
  report: Tools['report'],
): FileContent[] {
  const all = [...files, ...defaultFiles(image, config, report)];
  const isAsked = image.tree.stat('/usr/sbin/invoke-rc.d') !== undefined;
  return config.provision.prevent_service_start && isAsked ? [...all, servicePolicy] : all;
}

/**
 * The default files of a volume that was created empty: it has a system once a command has written one, which
 * the first phase could not know.
 */
function defaultFiles(
  { hasSystem }: Image,
  { source, mount }: ChrootConfig,
  report: Tools['report'],
): FileToInject[] {
  if (!source.from_scratch || !hasSystem || mount.copy_files !== undefined) return [];
  const { files, notices } = filesToInject(undefined, false);
  for (const line of notices) report.notice(line);
  return files;
}
