import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { resolve } from 'node:path';
import { close, listen } from './http-server.js';

/** The certificate of test servers, to trust with NODE_EXTRA_CA_CERTS. */
export const certificate = resolve(import.meta.dirname, 'tls/cert.pem');

/** How a path is served. */
export interface Served {
  readonly content?: Buffer;
  readonly redirect?: string;
  readonly status?: number;
  /** The connection is closed after so many bytes of an answer, so many times. */
  readonly cut?: { readonly after: number; times: number };
  /** Whether parts can be asked for. */
  readonly ranges?: boolean;
}

/** An https server on the loopback address, for files. */
export interface FileServer extends AsyncDisposable {
  /** The URL of a path. */
  readonly url: (path: string) => string;
  /** The requests so far: the path, and the range if one was asked for. */
  readonly requests: string[];
}

/** Starts a server. @param files by path; they may change later */
export async function serveFiles(files: Readonly<Record<string, Served>>): Promise<FileServer> {
  const key = readFileSync(certificate.replace('cert.pem', 'key.pem'));
  const requests: string[] = [];
  const server = createServer({ cert: readFileSync(certificate), key }, (request, response) => {
    const path = request.url ?? '';
    const { range } = request.headers;
    requests.push([path, range].filter(Boolean).join(' '));
    answer(files[path.replace(/\?.*/, '')], request, response);
  });
  const port = await listen(server);
  return {
    url: (path) => `https://localhost:${port}${path}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      close(server);
      await Promise.resolve();
    },
  };
}

function answer(served: Served | undefined, { headers }: IncomingMessage, response: ServerResponse): void {
  const { content, redirect, status = 200, cut, ranges = true } = served ?? { status: 404 };
  if (redirect !== undefined) return void response.writeHead(302, { location: redirect }).end();
  if (content === undefined) return void response.writeHead(status).end('none');
  const start = ranges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
  if (start > 0 && start >= content.length)
    return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  const body = content.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': body.length,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  if (cut === undefined || cut.times === 0 || cut.after >= body.length) return void response.end(body);
  cut.times -= 1;
  response.write(body.subarray(0, cut.after), () => setTimeout(() => response.destroy(), 50));
}
