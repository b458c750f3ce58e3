import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Cloud } from '../../resources/context.js';
import { etagOf, listing } from './listing.js';
import { accessDenied, noSuchBucket, noSuchKey, StoreError } from './refusal.js';

/** An answer of the object storage. */
export interface StoreAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Readable;
}

/** A request whose signature was verified. */
export interface StoreRequest {
  readonly account: string;
  readonly bucket: string;
  /** Empty if the request is about the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly incoming: IncomingMessage;
  /** The sha256 of the body, as it was signed, or `UNSIGNED-PAYLOAD`. */
  readonly payload: string;
}

type Operation = (request: StoreRequest, cloud: Cloud) => Promise<StoreAnswer>;

/** The operations, by the name that faults and the request log use. */
const operations: Readonly<Record<string, Operation>> = {
  HeadBucket: async (request, cloud) => {
    requireBucket(request, cloud);
    return { status: 200 };
  },
  ListObjects: async (request, cloud) => {
    const bucket = requireBucket(request, cloud);
    const body = listing(bucket, await cloud.objects.list(bucket), request.query);
    return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
  },
  CreateBucket: async ({ account, bucket }, { world }) => {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      throw new StoreError(400, 'InvalidBucketName', 'The specified bucket is not valid.');
    const existing = world.buckets[bucket];
    if (existing !== undefined && existing.account !== account)
      throw new StoreError(409, 'BucketAlreadyExists', 'The name is taken.');
    world.buckets[bucket] ??= { account, created: Date.now() };
    return { status: 200, headers: { Location: `/${bucket}` } };
  },
  DeleteBucket: async (request, { world, objects }) => {
    const bucket = requireBucket(request, { world });
    if ((await objects.list(bucket)).length > 0)
      throw new StoreError(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
    delete world.buckets[bucket];
    return { status: 204 };
  },
  HeadObject: async (request, cloud) => ({ status: 200, headers: await headersOf(request, cloud) }),
  GetObject: async (request, cloud) => {
    const headers = await headersOf(request, cloud);
    return { status: 200, headers, body: cloud.objects.read(request.bucket, request.key) };
  },
  PutObject: async (request, cloud) => {
    const bucket = requireBucket(request, cloud);
    await cloud.objects.write(bucket, request.key, verified(request));
    return { status: 200, headers: await headersOf(request, cloud) };
  },
  DeleteObject: async (request, cloud) => {
    await cloud.objects.remove(requireBucket(request, cloud), request.key);
    return { status: 204 };
  },
};

const methods: Readonly<Record<string, readonly [ofBucket: string, ofObject: string]>> = {
  HEAD: ['HeadBucket', 'HeadObject'],
  GET: ['ListObjects', 'GetObject'],
  PUT: ['CreateBucket', 'PutObject'],
  DELETE: ['DeleteBucket', 'DeleteObject'],
};

/** The name of the operation that a request asks for. @throws StoreError if there is none */
export function operationOf(method: string, key: string): string {
  const name = methods[method]?.[key === '' ? 0 : 1];
  if (name === undefined) throw new StoreError(405, 'MethodNotAllowed', 'The method is not allowed.');
  return name;
}

/** Whether an operation changes something. */
export const changes = (name: string): boolean => /^(Create|Put|Delete)/.test(name);

/** Carries out an operation. @throws StoreError if it refuses */
export async function carryOut(name: string, request: StoreRequest, cloud: Cloud): Promise<StoreAnswer> {
  const operation = operations[name];
  if (operation === undefined)
    throw new StoreError(501, 'NotImplemented', 'The emulator has no such operation.');
  return await operation(request, cloud);
}

function requireBucket({ bucket, account }: StoreRequest, { world }: Pick<Cloud, 'world'>): string {
  const found = world.buckets[bucket];
  if (found === undefined) throw noSuchBucket();
  if (found.account !== account) throw accessDenied('Access Denied');
  return bucket;
}

async function headersOf(request: StoreRequest, cloud: Cloud): Promise<Record<string, string | number>> {
  const found = await cloud.objects.find(requireBucket(request, cloud), request.key);
  if (found === undefined) throw noSuchKey();
  return {
    'Content-Length': found.size,
    'Content-Type': 'application/octet-stream',
    'Last-Modified': new Date(found.modified).toUTCString(),
    ETag: etagOf(found),
  };
}

/** The body of a request. @throws StoreError at its end if it is not the one that was signed */
async function* verified({ incoming, payload }: StoreRequest): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of incoming) {
    hash.update(chunk);
    yield chunk;
  }
  if (payload !== 'UNSIGNED-PAYLOAD' && hash.digest('hex') !== payload)
    throw new StoreError(400, 'XAmzContentSHA256Mismatch', 'The body is not the one that was signed.');
}
