import type { CommandName } from '../kit/option.js';

export interface RuleContext {
  readonly command: CommandName;
  /** Whether the user wrote it. */
  readonly given: (name: string) => boolean;
  /** What the user wrote if it is text, or else what variables or the profile say. */
  readonly found: (name: string) => string | undefined;
  /** How an option is named in messages, with the place where it was found. */
  readonly called: (name: string) => string;
}
