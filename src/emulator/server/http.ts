import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../common/errors.js';
import { type Api, answer, type Reply } from './api.js';
import { metadata } from './metadata.js';

const apiPath = '/api/v1/';
const metadataPath = '/latest/meta-data';
const mostBytes = 2 ** 20;

/** Serves the API and the metadata on 127.0.0.1; resolves when the server listens. */
export async function serve(api: Api, port: number): Promise<Server> {
  return await listen(port, async (request, response) => await respond(request, response, api));
}

/**
 * Serves requests on 127.0.0.1; resolves when the server listens. An error of `answerTo` cuts the connection.
 */
export async function listen(
  port: number,
  answerTo: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer((request, response) => {
    answerTo(request, response).catch((error: unknown) => {
      console.error(`emulator: ${describe(error)}`);
      response.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** `http://127.0.0.1:PORT` of a server that listens. */
export function originOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`;
}

async function respond(request: IncomingMessage, response: ServerResponse, api: Api): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const { pathname } = new URL(url, 'http://host');
  if (pathname.startsWith(metadataPath)) {
    const text = method === 'GET' ? metadata(pathname.slice(metadataPath.length), api.cloud) : undefined;
    return send(response, text === undefined ? 404 : 200, 'text/plain', text ?? '');
  }
  if (!pathname.startsWith(apiPath)) return send(response, 404, 'text/plain', '');
  const body = await read(request);
  if (body === undefined) return send(response, 413, 'text/plain', '');
  const reply = await answer(pathname.slice(apiPath.length), { method, url, headers, body }, api);
  if (reply === 'cut') response.destroy();
  else if (reply !== 'silence') await deliver(reply, response);
}

async function deliver(reply: Exclude<Reply, string>, response: ServerResponse): Promise<void> {
  if ('text' in reply) return send(response, reply.status, reply.type, reply.text);
  // A pending delay does not prevent the emulator from exiting.
  if (reply.delay !== undefined) await sleep(reply.delay, undefined, { ref: false });
  send(response, reply.status, reply.type ?? 'application/json', JSON.stringify(reply.body));
}

/** The raw body, which the signature covers; undefined if it exceeds the maximum size. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }).end(text);
}
