import { resolve } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import { ConfigError } from '../config/kit/issues.js';
import type { BuildConfig } from '../config/options/table.js';
import { type SharedPace, sharedPace } from '../fleet/shared-pace.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { readRegular } from '../host/regular-file.js';
import { type Cloud, createCloud } from '../outscale/client/client.js';
import type { RefusalCount } from '../outscale/client/key-lockout.js';
import { proxyFor } from '../outscale/client/proxy.js';
import type { Keys } from '../outscale/client/sign.js';
import { createTransport, type Transport } from '../outscale/client/transport.js';
import type { Report } from '../report/report.js';
import { createRemote, type RegionAccess, type Remote } from './remote.js';

/** Where a build finds its services. */
export interface Destination {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: Keys & { readonly current?: () => Promise<Keys> };
  readonly refusals?: RefusalCount;
  /** Where the builds of this VM share their pace; without it, the few calls of a command have no limit. */
  readonly pace?: Pick<SharedPace, 'directory' | 'user' | 'rate'>;
}

/** Creates the transport for a URL. @throws BuildError for a certificate that cannot be read */
const transportTo = (url: string, access: BuildConfig['access'], environment: NodeJS.ProcessEnv): Transport =>
  createTransport({
    insecure: access.insecure_skip_tls_verify,
    certificate: certificateOf(access, workingDirectory(environment)),
    authorities: authoritiesOf(environment),
    proxy: proxyFor(url, environment),
  });

/** The clients of other services for a configuration. */
export const connectRemote = (
  access: BuildConfig['access'],
  to: Omit<Destination, 'endpoint'> & {
    readonly vm: string;
    readonly others?: readonly RegionAccess[] | undefined;
  },
  report: Report,
  environment: NodeJS.ProcessEnv,
): Remote =>
  createRemote({
    ...to,
    connectTo: (there, keys) => connect(access, { ...to, ...there, keys }, report, environment),
    transportTo: (url) => transportTo(url, access, environment),
    debug: (line) => report.debug(line),
  });

/** Creates the API client for a configuration. */
export function connect(
  access: BuildConfig['access'],
  to: Destination,
  report: Report,
  environment: NodeJS.ProcessEnv,
): Cloud {
  if (access.insecure_skip_tls_verify)
    report.warn('TLS certificate verification is disabled (insecure_skip_tls_verify)');
  return createCloud({
    endpoint: to.endpoint,
    region: to.region,
    keys: to.keys.current ?? (() => Promise.resolve(to.keys)),
    transport: transportTo(to.endpoint, access, environment),
    refusals: to.refusals,
    pace:
      to.pace &&
      sharedPace({
        ...to.pace,
        endpoint: to.endpoint,
        accessKey: to.keys.accessKey,
        warn: (line) => report.warn(line),
      }),
    debug: (line) => report.debug(line),
    notice: (line) => report.notice(line),
  });
}

/**
 * The additional CAs of the user. sudo starts node without the user's environment, and node reads this
 * variable only at its start.
 */
export function authoritiesOf({ NODE_EXTRA_CA_CERTS: path }: NodeJS.ProcessEnv): string | undefined {
  if (!path) return undefined;
  try {
    return readRegular(path).toString();
  } catch (error) {
    throw new BuildError(`NODE_EXTRA_CA_CERTS: ${path} cannot be read (${describe(error)})`);
  }
}

/** @param workspace the base of relative paths */
function certificateOf(
  { x509_cert_path: cert, x509_key_path: key }: BuildConfig['access'],
  workspace: string,
): { cert: string; key: string } | undefined {
  if (cert === undefined || key === undefined) return undefined;
  try {
    const read = (path: string): string => readRegular(resolve(workspace, path)).toString();
    return { cert: read(cert), key: read(key) };
  } catch (error) {
    throw new ConfigError([
      {
        option: 'x509_cert_path, x509_key_path',
        problem: `the client certificate cannot be read (${describe(error)})`,
        fix: 'check that both files exist and are readable',
      },
    ]);
  }
}
