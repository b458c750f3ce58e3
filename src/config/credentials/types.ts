/** What requests are signed with. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Goes with temporary keys. */
  readonly sessionToken?: string;
  /** Where they come from, for messages. */
  readonly from: string;
  /** The same, or their successors where they expire. */
  readonly current?: () => Promise<Credentials>;
}
