import type { Folders } from '../../common/folders.js';
import type { FoundImage } from '../../packer/hcl/read.js';
import type { CommandName } from './option.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that reading a configuration depends on, besides the options themselves. */
export interface ReadContext {
  readonly environment: Environment;
  /** Home directory of the user, which holds `.osc/config.json`. */
  readonly home: string;
  /** The text of a file; undefined if the file does not exist. */
  readonly readFile: (path: string) => string | undefined;
  /** Folders and links, which a template in HCL2 needs. */
  readonly folders?: Folders;
  /** The OMIs that the data sources of a template have found, by their names: `outscale-omi.base`. */
  readonly images?: ReadonlyMap<string, FoundImage>;
  /** The working directory of the build; `.` by default. */
  readonly workspace?: string;
  /** Whether the command calls the API, for which a client certificate has to be readable. */
  readonly callsApi?: boolean;
  /** The command that reads the options; `build` by default. */
  readonly command?: CommandName;
  /**
   * The option names that the user set, known or unknown; empty where the command line parser checks them.
   */
  readonly names?: readonly string[];
  /** Receives messages about values that are valid but worth a notice. */
  readonly notice?: (line: string) => void;
  /** Reads a value from the metadata service; rejects if it has none. */
  readonly metadata?: (endpoint: string, path: string, signal: AbortSignal) => Promise<string>;
  /** Receives every secret of a file, before any message about the file is logged. */
  readonly mask?: (secret: string) => void;
}

/** The value of an environment variable; an empty value counts as not set. */
export const variable = (environment: Environment, name: string): string | undefined =>
  environment[name] || undefined;
