import type { ManifestTask, RemovedImage } from '../report/manifest.js';
import type { ImageContent } from '../steps/quality/inspect.js';
import type { WrittenSbom } from '../steps/quality/sbom.js';
import type { Source } from '../steps/source.js';

/** What a build finds out for its manifest. It is also used if the build fails. */
export interface BuildRecord {
  /** The source that the user named; undefined from scratch or an image. */
  source?: Source['origin'] | undefined;
  /** The image that it started from, if the source is not an OMI. */
  sourceImage?: Source['file'] | undefined;
  provisioning?: readonly ManifestTask[];
  content?: ImageContent;
  sbom?: WrittenSbom;
  /** The older OMIs of its family that were removed after it. */
  removed?: readonly RemovedImage[] | undefined;
}
