/** What came out of a build, for its closing lines, its summary and its manifest. */
export interface BuildFacts {
  readonly buildId: string;
  readonly region: string;
  readonly omi?: { readonly id: string; readonly name: string };
  /** Where the image is mounted, for the steps that come. */
  readonly chroot?: { readonly path: string; readonly device: string; readonly volume: string };
  /** Those this build made, the root's first. */
  readonly snapshots: readonly { readonly id: string; readonly sizeGiB?: number }[];
  /** None from scratch. */
  readonly source?: { readonly id: string; readonly name?: string };
}

/** One phase and the milliseconds it took. */
export interface Timing {
  readonly phase: string;
  readonly ms: number;
}
