/** Access to the files that a template may read: those below its folder and the workspace. */
export interface TemplateFiles {
  /** The text of a file. @throws HclError if it may not be read, or cannot be */
  readonly read: (path: string) => string;
  /** Whether a file exists. @throws HclError if it may not be read */
  readonly exists: (path: string) => boolean;
}
