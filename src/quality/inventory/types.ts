/** A package that is installed in an image. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** As the database of apk or rpm has it; that of dpkg has none. */
  readonly license?: string;
}

/** The package managers whose databases build-omi reads. */
export type PackageManager = 'dpkg' | 'apk' | 'rpm';

/** What is in an image, by name, each list sorted. A part that could not be read is undefined. */
export interface Inventory {
  /** Undefined if the image has no package database that build-omi knows. */
  readonly manager?: PackageManager | undefined;
  readonly packages?: readonly Package[] | undefined;
  /** Enabled systemd units. */
  readonly units?: readonly string[] | undefined;
  readonly users?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  /** Paths of setuid and setgid files in the directories of programs. */
  readonly setuid?: readonly string[] | undefined;
  /** Versions of the kernels with modules in /lib/modules or an image in /boot. */
  readonly kernels?: readonly string[] | undefined;
  /** Used bytes of the root filesystem. */
  readonly usedBytes: number;
  /** Why parts could not be read. */
  readonly problems: readonly string[];
}
