import { percentEncode as encode } from '../common/percent-encode.js';
import { version } from '../common/version.js';
import { abortable, sleep as realSleep, type Sleep } from '../common/wait.js';
import type { AttemptOptions } from '../outscale/client/attempt.js';
import { connectionError } from '../outscale/client/connection-error.js';
import { nextDelay } from '../outscale/client/retry.js';
import { ServerClock } from '../outscale/client/server-clock.js';
import type { Answer } from '../outscale/client/transport.js';
import { ApiError, InvalidAnswerError, isAuthentication } from '../outscale/errors.js';
import { presign, sign } from './sign.js';
import { pageIn, refusalIn, type StoredObject } from './xml.js';

export type { StoredObject } from './xml.js';

/** The object storage of a region, with the keys of one account: the S3 protocol, in path style. */
export interface ObjectStore {
  readonly endpoint: string;
  /** @throws ApiError if the bucket does not exist (`isGone`), or the keys may not use it */
  headBucket(bucket: string): Promise<void>;
  /** All objects whose keys begin with a text, in the order of the keys. */
  list(bucket: string, prefix: string): Promise<StoredObject[]>;
  /** Deletes an object. One that does not exist is a success. */
  remove(bucket: string, key: string): Promise<void>;
  /** A URL that reads an object without keys for some seconds, at most 7 days. It is a secret. */
  presign(bucket: string, key: string, seconds: number): Promise<string>;
  /** The URL of an object, without a signature. */
  urlOf(bucket: string, key: string): string;
  /** The same client with this signal in place of any other. */
  with(signal: AbortSignal): ObjectStore;
}

/** The endpoint is one such as `https://oos.eu-west-2.outscale.com`. */
export interface ObjectStoreOptions extends AttemptOptions {
  /** Milliseconds during which a request is repeated; two minutes by default. */
  readonly budget?: number;
  readonly sleep?: Sleep;
}

interface Request {
  readonly name: string;
  readonly method: 'HEAD' | 'GET' | 'DELETE';
  readonly url: URL;
}

/** The client of one object storage. Every request of it can be repeated. */
export function createObjectStore(
  options: ObjectStoreOptions,
  clock = new ServerClock(Date.now, () => performance.now()),
): ObjectStore {
  const { region, signal, debug = () => {}, budget = 120_000, sleep = realSleep } = options;
  const endpoint = options.endpoint.replace(/\/+$/, '');

  const urlOf = (bucket: string, key = '', query: Readonly<Record<string, string>> = {}): URL => {
    const path = [bucket, ...(key === '' ? [] : key.split('/'))].map(encode).join('/');
    // `URLSearchParams` writes a blank as `+`, which signatures do not.
    const search = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
    return new URL(`${endpoint}/${path}${search.length > 0 ? `?${search.join('&')}` : ''}`);
  };

  async function attempt({ name, method, url }: Request, mayCorrectTime: boolean): Promise<Answer> {
    const keys = await abortable(options.keys(), signal);
    const signedAt = clock.now();
    const headers = {
      'User-Agent': `build-omi/${version}`,
      ...sign({ method, url, region }, keys, signedAt),
    };
    const sent = options.transport({ url: url.href, method, headers, body: '', signal });
    const answer = await abortable(sent, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw connectionError(name, endpoint, error);
    });
    const error = answer.status > 299 ? refusalOf(name, answer) : undefined;
    const isOff =
      error !== undefined && isAuthentication(error) && ServerClock.isOff(answer.headers.date, signedAt);
    clock.update(answer.headers.date);
    if (isOff && mayCorrectTime) return await attempt({ name, method, url }, false);
    if (error !== undefined) throw error;
    return answer;
  }

  async function call<T>(request: Request, read: (answer: Answer) => T): Promise<T> {
    const start = performance.now();
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      try {
        const result = read(await attempt(request, true));
        debug(`${request.name} ok`);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        debug(`${request.name} ${error instanceof ApiError ? error.fault.status : 'no answer'}`);
        const delay = nextDelay(error, attempts, performance.now() - start, Math.random(), budget);
        if (delay === 'give up') throw error;
        await sleep(delay, signal);
      }
    }
  }

  return {
    endpoint,
    headBucket: async (bucket) =>
      await call({ name: 'HeadBucket', method: 'HEAD', url: urlOf(bucket) }, () => {}),
    list: async (bucket, prefix) => {
      const all: StoredObject[] = [];
      for (let marker = ''; ; marker = all.at(-1)?.key ?? '') {
        const url = urlOf(bucket, '', { prefix, ...(marker === '' ? {} : { marker }) });
        const page = await call({ name: 'ListObjects', method: 'GET', url }, (answer) =>
          readPage(endpoint, answer),
        );
        all.push(...page.objects);
        if (!page.isTruncated || page.objects.length === 0) return all;
      }
    },
    remove: async (bucket, key) =>
      await call({ name: 'DeleteObject', method: 'DELETE', url: urlOf(bucket, key) }, () => {}),
    presign: async (bucket, key, seconds) =>
      presign(
        { url: urlOf(bucket, key), region },
        await abortable(options.keys(), signal),
        clock.now(),
        seconds,
      ),
    urlOf: (bucket, key) => urlOf(bucket, key).href,
    with: (other) => createObjectStore({ ...options, signal: other }, clock),
  };
}

function readPage(endpoint: string, { status, body }: Answer): NonNullable<ReturnType<typeof pageIn>> {
  const page = pageIn(body);
  if (page !== undefined) return page;
  throw new InvalidAnswerError(
    'ListObjects',
    status,
    `${endpoint} answered ${status} without a list of objects`,
    'Check that custom_endpoint_oos is the endpoint of an object storage with the S3 protocol.',
  );
}

/** A refusal of S3, as one of the API: its code is a word, and the answer to HEAD has none. */
function refusalOf(name: string, { status, headers, body }: Answer): ApiError {
  const { code, message } = refusalIn(body);
  const id = headers['x-amz-request-id'];
  return new ApiError(
    name,
    { status, type: code, details: message },
    typeof id === 'string' ? id : undefined,
  );
}
