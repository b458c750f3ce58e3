import { describe } from '../common/errors.js';
import type { User } from '../host/exec/user.js';
import { createPace, type Pace, type PaceLog, paceLogInMemory } from '../outscale/client/pace.js';
import { hashOf, sharedFolder } from './folder.js';
import { paceLogIn } from './pace-files.js';

/** Where the builds of a user share a pace, and for what. */
export interface SharedPace {
  /** The state directory. */
  readonly directory: string;
  readonly user: User;
  readonly endpoint: string;
  readonly accessKey: string;
  /** Calls a second, if they are fixed (`api_rate`). */
  readonly rate: number | undefined;
  readonly warn: (line: string) => void;
}

/**
 * The pace of the builds of a user on this VM for an endpoint and an access key. If the state directory
 * cannot be written, this process has a pace of its own, and a warning says so.
 */
export const sharedPace = (shared: SharedPace): Pace =>
  createPace({ log: withFallback(() => openLog(shared), shared.warn), rate: shared.rate });

const openLog = ({ directory, user, endpoint, accessKey }: SharedPace): PaceLog | undefined => {
  const folder = sharedFolder(directory, user, `pace-${hashOf(endpoint, accessKey)}`);
  return folder === undefined ? undefined : paceLogIn(folder, user);
};

/** Opens the log at the first call, and continues in memory after an error. */
function withFallback(open: () => PaceLog | undefined, warn: (line: string) => void): PaceLog {
  let log: PaceLog | undefined;
  const attempt = <T>(work: (log: PaceLog) => T): T => {
    try {
      log ??= open() ?? paceLogInMemory();
      return work(log);
    } catch (error) {
      warn(
        `state_dir: the rate of API calls is not shared with other builds on this VM (${describe(error)})`,
      );
      log = paceLogInMemory();
      return work(log);
    }
  };
  return {
    last: () => attempt((one) => one.last()),
    append: (number, text) => attempt((one) => one.append(number, text)),
  };
}
