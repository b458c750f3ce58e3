import { findUnprivileged } from './commands/unprivileged.js';
import { inputNames } from './config/input/secrets-and-names.js';
import { inputReader } from './report/inputs.js';

/** The action find: the ID of an OMI, for other steps. It creates nothing, so it has no post step. */
export async function find(): Promise<never> {
  const { env: environment } = process;
  return await findUnprivileged({ read: inputReader(environment), names: inputNames(environment) });
}
