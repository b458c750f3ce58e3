/** What of the file system the options can ask for besides the text of a file. */
export interface Folders {
  /** The names in a folder; undefined if it is none. */
  readonly names: (path: string) => readonly string[] | undefined;
  /** The path without links; undefined if nothing is there. */
  readonly realPath: (path: string) => string | undefined;
  /** The size of a regular file in bytes; undefined if it is none. */
  readonly size: (path: string) => number | undefined;
}
