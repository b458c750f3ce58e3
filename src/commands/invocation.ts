import { describe } from '../common/errors.js';
import { findCredentials } from '../config/credentials/credentials.js';
import { accessOf, type RegionAccess } from '../config/credentials/regions.js';
import type { Credentials } from '../config/credentials/types.js';
import type { ReadContext } from '../config/kit/context.js';
import type { CommandName } from '../config/kit/option.js';
import type { HalfConfig } from '../config/options/table.js';
import { type AccessConfig, type Read, readAccess, readHalf, type WholeConfig } from '../config/read.js';
import type { RegionEntry } from '../config/types/region.js';
import type { PrivilegedContext } from '../host/exec/relaunch-request.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { readMetadata } from '../host/vm.js';
import type { LiveLine } from '../report/live-line.js';
import type { Report } from '../report/report.js';
import type { FoundImages, ReadOnce } from './data-sources.js';
import { filesIn } from './files.js';
import { type ConfigWithTasks, readWithTasks } from './tasks-of-config.js';

/** How a command was started: its options as text, its user and its environment. */
export interface Invocation {
  /** The command whose options are read. */
  readonly command: CommandName;
  readonly read: Read;
  /** The names that the user has set; they may include unknown options. */
  readonly names?: readonly string[];
  readonly privileged: PrivilegedContext;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a post step always follows. */
  readonly hasPost?: boolean;
  /** A file for the outputs, in shell syntax. */
  readonly outputs?: string | undefined;
  /** A file for the manifest; absolute, or relative to the working directory. */
  readonly manifest?: string | undefined;
  /** Whether the output is JSON lines. */
  readonly json?: boolean;
  /** The last line of the terminal, if it can be rewritten. */
  readonly live?: LiveLine | undefined;
}

/** What can be read before the privileged process runs. */
export const earlyContext = (environment: NodeJS.ProcessEnv): ReadContext => ({
  environment,
  home: environment.HOME ?? '/',
  ...filesIn(environment),
});

/** The keys of a build, and its access to other regions. */
interface AllKeys {
  readonly keys: Credentials;
  readonly regions: readonly RegionAccess[];
}

/** Reads the configuration of a command and finds its keys. */
export type ReadInvocation<C> = (invocation: Invocation, report: Report) => Promise<ReadOnce<C> & AllKeys>;

/**
 * Reads the configuration of a whole build and finds its keys.
 * @throws ConfigError with every problem of the options; BuildError if a key is missing
 */
export const readInvocation: ReadInvocation<ConfigWithTasks> = async (invocation, report) => {
  const context = { ...contextWithNotices(invocation, report), callsApi: true };
  const { user } = invocation.privileged;
  const config = await readWithTasks(invocation.read, context, user);
  const keys = await keysFor(config, context, report);
  const regions = regionsFor(config.copies.omi_regions, context, report);
  const again = async (images: FoundImages): Promise<ConfigWithTasks> =>
    await readWithTasks(invocation.read, { ...context, images }, user);
  return { config, keys, regions, again };
};

/** Only reads the configuration of a whole build; needs no keys. @throws ConfigError with every problem */
export const checkInvocation = async (invocation: Invocation, report: Report): Promise<ConfigWithTasks> =>
  await readWithTasks(invocation.read, contextWithNotices(invocation, report), invocation.privileged.user);

/** The same for `mount` or `commit`. @throws as readInvocation */
export const readHalfInvocation: ReadInvocation<HalfConfig & Pick<WholeConfig, 'template'>> = async (
  invocation,
  report,
) => {
  const context = { ...contextWithNotices(invocation, report), callsApi: true };
  const config = await readHalf(invocation.read, context);
  const keys = await keysFor(config, context, report);
  const regions = regionsFor(config.copies.omi_regions, context, report);
  const again = async (images: FoundImages): ReturnType<typeof readHalf> =>
    await readHalf(invocation.read, { ...context, images });
  return { config, keys, regions, again };
};

/**
 * Reads only the options that cleanup needs. Problems of other options are ignored. @throws as readInvocation
 */
export async function readForCleanUp(
  invocation: Invocation,
  report: Report,
): Promise<AllKeys & { readonly config: AccessConfig }> {
  const context = readContextOf(invocation, report);
  const { regions, ...config } = await readAccess(invocation.read, context);
  const keys = await keysFor(config, context, report);
  try {
    return { config, keys, regions: regionsFor(regions, context, report) };
  } catch (error) {
    report.warn(`Resources in other regions are cleaned up with the keys of the build: ${describe(error)}`);
    return { config, keys, regions: [] };
  }
}

/** Reads the same options for a command that calls no API. @throws ConfigError if one of them is invalid */
export const readWithoutKeys = async (invocation: Invocation, report: Report): Promise<AccessConfig> =>
  await readAccess(invocation.read, readContextOf(invocation, report));

/** The context of a command that logs notices about its options, each once however often they are read. */
export function contextWithNotices(invocation: Invocation, report: Report): ReadContext {
  const shown = new Set<string>();
  const notice = (line: string): void => {
    if (!shown.has(line)) report.notice(line);
    shown.add(line);
  };
  return { ...readContextOf(invocation, report), notice };
}

function readContextOf(
  { command, names = [], privileged, environment }: Invocation,
  report: Report,
): ReadContext {
  return {
    command,
    environment,
    home: privileged.user.home,
    ...filesIn(environment),
    workspace: workingDirectory(environment),
    names,
    mask: (secret) => report.mask(secret),
    metadata: readMetadata,
  };
}

/** Finds the keys of a configuration and masks them. @throws BuildError if a key is missing */
export async function keysFor(
  config: AccessConfig,
  context: ReadContext,
  report: Report,
): Promise<Credentials> {
  if (config.running.log_level === 'debug') report.enableDebug();
  const keys = await findCredentials(config.access, context);
  report.mask(keys.secretKey);
  if (keys.sessionToken !== undefined) report.mask(keys.sessionToken);
  return keys;
}

/** Finds the access to the regions of `omi_regions`, and masks its keys. @throws as accessOf */
function regionsFor(
  entries: readonly RegionEntry[],
  context: ReadContext,
  report: Report,
): readonly RegionAccess[] {
  const regions = accessOf(entries, context);
  for (const { keys } of regions) if (keys !== undefined) report.mask(keys.secretKey);
  return regions;
}
