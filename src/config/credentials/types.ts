/** The keys that sign API requests. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Session token of temporary keys. */
  readonly sessionToken?: string;
  /** Their source, for messages. */
  readonly from: string;
  /** Returns the same keys, or renewed ones if they expire. */
  readonly current?: () => Promise<Credentials>;
}
