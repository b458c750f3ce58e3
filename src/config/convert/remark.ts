/** Something of a template that options of a build cannot say. */
export interface Remark {
  /** The place: the name of an option, and keys and indexes below it. Empty: the whole template. */
  readonly at: readonly (string | number)[];
  readonly text: string;
}
