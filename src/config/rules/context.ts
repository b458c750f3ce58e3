import type { CommandName } from '../kit/option.js';

/** What the rules need besides the values of the options. */
export interface RuleContext {
  readonly command: CommandName;
  /** Whether the user set an option. */
  readonly given: (name: string) => boolean;
  /** The text of an option: as the user set it, else from its variables, else from the profile. */
  readonly found: (name: string) => string | undefined;
  /** The name of an option in messages, with the position (of a part of it) or the source of its value. */
  readonly called: (name: string, at?: readonly string[]) => string;
}
