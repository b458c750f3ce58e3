import { constants } from 'node:os';
import { unwrap } from '../common/errors.js';
import { ConfigError } from '../config/kit/issues.js';

/** The exit code of a command whose options are invalid. Nothing was started. */
export const invalidInput = 2;

/**
 * The exit code of a command that ended with an error.
 * @param signal the signal that cancelled it: 128 and its number, as shells report it (130 for SIGINT, 143
 *   for SIGTERM)
 * @returns 2 for invalid options, else the code of the signal, else 1
 */
export function exitCodeOf(error: unknown, signal?: NodeJS.Signals): number {
  if (unwrap(error).cause instanceof ConfigError) return invalidInput;
  return signal === undefined ? 1 : 128 + constants.signals[signal];
}
