import { join } from 'node:path';
import { defaultAccount, type Emulator } from '../emulator/emulator.js';

/** The options with which a build uses an emulator, and writes nothing outside a directory. */
export const accessOptions = (
  { endpoint, metadata }: Pick<Emulator, 'endpoint' | 'metadata'>,
  work: string,
): Readonly<Record<string, string>> => ({
  'access-key': defaultAccount.accessKey,
  'secret-key': defaultAccount.secretKey,
  'custom-endpoint-oapi': endpoint,
  'metadata-endpoint': metadata,
  'state-dir': join(work, 'state'),
  'mount-path': join(work, 'root'),
  'api-rate': '100',
});
