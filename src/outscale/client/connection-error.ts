import { describe } from '../../common/errors.js';
import { ConnectionError } from '../errors.js';

/** Codes of node and undici that mean that the request never left. */
const unsent = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_ABORTED',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes of a TLS handshake that failed (node's documentation, "X509 certificate error codes"). */
const handshake = /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|^ERR_TLS|^ERR_SSL|^EPROTO$/;

/** Codes of a request that is not fit to be sent. */
const unfit = /^(UND_ERR|ERR)_INVALID_/;

/** What a broken connection means; `cause` is what the transport threw. */
export function connectionError(operation: string, endpoint: string, cause: unknown): ConnectionError {
  const code = codeOf(cause);
  const text = describe(cause) || code;
  const refusedByProxy = /^Proxy response \(4\d\d\)/.test(text);
  const tls = handshake.test(code);
  return new ConnectionError(
    operation,
    `no answer from ${endpoint}: ${text.includes(code) ? text : `${text} (${code})`}`,
    !tls && !unfit.test(code) && !unsent.has(code),
    tls || unfit.test(code) || refusedByProxy || code === 'ENOTFOUND' || code === '',
    code,
    hintFor(code, tls, refusedByProxy),
  );
}

/** The code of a failed system call or of undici, empty if there is none. */
const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

function hintFor(code: string, tls: boolean, refusedByProxy: boolean): string | undefined {
  if (refusedByProxy) return 'Check HTTPS_PROXY and NO_PROXY: the proxy refused to connect.';
  if (code === 'ENOTFOUND') return 'Check region and custom_endpoint_oapi: no such host is known here.';
  if (tls)
    return 'Name a private authority by NODE_EXTRA_CA_CERTS, and check the client certificate if one is asked for.';
  return undefined;
}
