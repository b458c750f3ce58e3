import type { Package, PackageManager } from '../inventory/types.js';
import type { Distribution } from './distribution.js';

/** What an SBOM lists. */
export interface SbomContent {
  readonly manager: PackageManager | undefined;
  readonly packages: readonly Package[];
  /** The licenses of packages whose database has none, by name of the package. */
  readonly licenses: ReadonlyMap<string, readonly string[]>;
  readonly distribution: Distribution;
}

/** The image that an SBOM describes. */
export interface SbomSubject {
  /** The name of the OMI. */
  readonly name: string;
  /** The ID of the OMI; undefined before it exists. */
  readonly version?: string | undefined;
  /** More about the image, such as its build. */
  readonly properties: Readonly<Record<string, string>>;
  /** A UUID. */
  readonly serial: string;
  readonly createdAt: Date;
}
