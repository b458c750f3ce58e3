import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly operation: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly request: IncomingMessage;
}
export type Handler = (received: Received, response: ServerResponse) => void;

/** A real HTTP server: request after request goes to the next handler, the last one takes the rest. */
export async function serve(handlers: readonly Handler[], tls?: ServerOptions) {
  const received: Received[] = [];
  const take: Handler = (one, response) => {
    received.push(one);
    handlers[Math.min(received.length, handlers.length) - 1]?.(one, response);
  };
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () =>
      take(
        { operation: request.url?.split('/').at(-1) ?? '', headers: request.headers, body, request },
        response,
      ),
    );
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  const port = await listen(server);
  return {
    received,
    port,
    server,
    endpoint: `http${tls ? 's' : ''}://localhost:${port}/api/v1`,
    close: () => close(server),
  };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server.address());
}

export function close(server: Server): void {
  server.closeAllConnections();
  server.close();
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0;

/** Answers with a status and a JSON body. */
export const answers =
  (status: number, body: object, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

/** Drops the connection instead of an answer. */
export const drops: Handler = ({ request }) => {
  request.socket.destroy();
};

/** Never answers. */
export const hangs: Handler = () => {};

/** A refusal in the shape of schema `ErrorResponse`. */
export const refuses = (
  status: number,
  Code: string,
  Type: string,
  headers: Record<string, string> = {},
): Handler =>
  answers(
    status,
    { Errors: [{ Code, Type, Details: 'Some words.' }], ResponseContext: { RequestId: 'req-1' } },
    headers,
  );
