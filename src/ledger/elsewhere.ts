/** A resource that may be in another region. */
export interface InRegion {
  /** Absent: in the region of the VM. */
  elsewhere?: Elsewhere;
}

/** Another region, with the endpoint of its API and the account there. */
export interface Elsewhere {
  readonly region: string;
  readonly endpoint: string;
  readonly account: string;
}

/** The region of the resource of a claim; undefined: that of the VM. */
export function elsewhereOf(data: object): Elsewhere | undefined {
  const { elsewhere }: InRegion = data;
  return elsewhere;
}
