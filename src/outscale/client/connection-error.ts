import { describe } from '../../common/errors.js';
import { ConnectionError } from '../errors.js';

/** Codes of node and undici which show that the request was not sent. */
const unsent = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_ABORTED',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes which show that no connection to the API came about: no route, no listener, or no answer. */
const unreachable = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** Codes of a failed TLS handshake (node's documentation, "X509 certificate error codes"). */
const handshake = /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|^ERR_TLS|^ERR_SSL|^EPROTO$/;

/** Codes of an invalid request. */
const unfit = /^(UND_ERR|ERR)_INVALID_/;

/** Classifies a failed connection; `cause` is the error of the transport. */
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
  if (refusedByProxy) return 'Check HTTPS_PROXY and NO_PROXY: the proxy refused the connection.';
  if (code === 'ENOTFOUND') return 'Check region and custom_endpoint_oapi: no such host was found.';
  if (code === 'EAI_AGAIN') return 'Check the name servers of this VM (/etc/resolv.conf): none answered.';
  if (unreachable.has(code))
    return 'Check the route to the API, the outbound rules of the security groups, and HTTPS_PROXY.';
  if (tls)
    return 'Set NODE_EXTRA_CA_CERTS for a private CA, and check the client certificate if the endpoint requires one.';
  return undefined;
}
