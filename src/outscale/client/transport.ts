import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { createDispatcher, sendRequest } from '../../common/http-dispatcher.js';

interface Outgoing {
  readonly url: string;
  /** POST by default. */
  readonly method?: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  /** None if it is empty. */
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
  /** Whether an earlier attempt timed out: the timeout is then three times as long. */
  readonly isSlow?: boolean;
}

export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Sends one request and returns the whole response, whatever its status.
 * Rejects without a response: with the signal's reason, or with an error whose `code` gives the cause.
 */
export type Transport = (outgoing: Outgoing) => Promise<Answer>;

export interface TransportOptions {
  /** A client certificate and its key, PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Additional CAs, PEM: `NODE_EXTRA_CA_CERTS`, if node itself was started without it. */
  readonly authorities?: string | undefined;
  /** Disables certificate verification (`insecure_skip_tls_verify`). */
  readonly insecure?: boolean;
  /** The URL of an HTTP proxy, see `proxyFor`. */
  readonly proxy?: string | undefined;
  /**
   * Milliseconds to connect, with the lookup of the name, and to receive the whole response. An unreachable
   * API is reported after the first of these, which undici exceeds by up to a second.
   */
  readonly connectTimeout?: number;
  readonly timeout?: number;
}

/** A transport that uses undici. */
export function createTransport(options: TransportOptions = {}): Transport {
  const {
    certificate,
    authorities,
    insecure = false,
    proxy,
    connectTimeout = 8_000,
    timeout = 45_000,
  } = options;
  const ca = authorities === undefined ? {} : { ca: [...rootCertificates, authorities] };
  const tls = { ...certificate, ...ca, rejectUnauthorized: !insecure, timeout: connectTimeout };
  const dispatcher = createDispatcher(
    { connect: tls },
    proxy === undefined ? undefined : { uri: proxy, requestTls: tls, proxyTunnel: false },
  );
  return async ({ url, method = 'POST', headers, body, signal, isSlow = false }) => {
    const limit = isSlow ? 3 * timeout : timeout;
    const overdue = AbortSignal.timeout(limit);
    const stop = signal ? AbortSignal.any([signal, overdue]) : overdue;
    try {
      const answer = await sendRequest(dispatcher, url, {
        method,
        headers,
        body: body === '' ? null : body,
        signal: stop,
      });
      return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
    } catch (error) {
      signal?.throwIfAborted();
      if (!overdue.aborted) throw error;
      throw Object.assign(new Error(`no answer within ${limit / 1000} s`), { code: 'ETIMEDOUT' });
    }
  };
}
