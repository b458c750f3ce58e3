import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { BuildError } from '../../../common/errors.js';
import { createDispatcher, sendRequest } from '../../../common/http-dispatcher.js';
import { publicLookup, requireRedirect } from './address.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The answer to a GET. Its body must be read or destroyed. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Headers;
  readonly body: Readable;
}

/** What a request depends on besides its URL. */
export interface HttpOptions {
  /** Additional CAs, PEM. */
  readonly authorities?: string | undefined;
  /** The URL of the HTTP proxy for a URL. */
  readonly proxyFor: (url: string) => string | undefined;
  readonly signal: AbortSignal;
}

/** Redirects that are followed. */
const mostRedirects = 5;

const timeouts = { connect: 20_000, headersTimeout: 60_000, bodyTimeout: 60_000 };

/** One GET that follows no redirect. */
type Request = (
  url: string,
  headers: Record<string, string>,
  isRedirect: boolean,
  options: HttpOptions,
) => Promise<Answer>;

/**
 * GETs an https URL and follows redirects, at most 5, only to https, and not to this VM or its link. A
 * redirect to a name is checked by the addresses that it is connected to; with a proxy by the name.
 * @param request sends each request; of the network by default
 * @throws BuildError for a redirect that is not followed; the error of the connection
 */
export async function get(
  url: string,
  headers: Record<string, string>,
  options: HttpOptions,
  request: Request = getOnce,
): Promise<Answer> {
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await request(target, headers, redirects > 0, options);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || typeof location !== 'string') return answer;
    answer.body.on('error', () => {}).destroy();
    if (redirects === mostRedirects)
      throw new BuildError(`source_image: more than ${mostRedirects} redirects`, {
        hint: 'Set source_image to the address of the file itself.',
      });
    if (!URL.canParse(location, target))
      throw new BuildError('source_image: the server redirects to an address that is not valid');
    const next = new URL(location, target);
    requireRedirect(next);
    target = next.href;
  }
}

async function getOnce(
  url: string,
  headers: Record<string, string>,
  isRedirect: boolean,
  { authorities, proxyFor, signal }: HttpOptions,
): Promise<Answer> {
  const ca = authorities === undefined ? {} : { ca: [...rootCertificates, authorities] };
  const tls = { ...ca, timeout: timeouts.connect };
  const proxy = proxyFor(url);
  const dispatcher = createDispatcher(
    { ...limits, connect: isRedirect ? { ...tls, lookup: publicLookup } : tls },
    proxy === undefined ? undefined : { ...limits, uri: proxy, requestTls: tls },
  );
  const answer = await sendRequest(dispatcher, url, { method: 'GET', headers, signal });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
}

/** One connection for one answer, which ends with it. */
const limits = {
  headersTimeout: timeouts.headersTimeout,
  bodyTimeout: timeouts.bodyTimeout,
  pipelining: 0,
};
