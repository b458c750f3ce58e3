import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { connectionError } from '../../../../src/outscale/client/connection-error.js';
import { createTransport, type TransportOptions } from '../../../../src/outscale/client/transport.js';
import { answers, close, drops, type Handler, hangs, listen, serve } from '../../../support/http-server.js';

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
async function started(handler: Handler, tls = {}) {
  const server = await serve([handler], Object.keys(tls).length ? tls : undefined);
  open.push(server);
  return server;
}
const post = async (url: string, options: TransportOptions = {}, signal?: AbortSignal) =>
  await createTransport(options)({ url, headers: { 'X-Probe': 'yes' }, body: '{"a":1}', signal });

/** What a failed post means to the client. */
const failure = async (url: string, options?: TransportOptions) =>
  await post(url, options).then(
    () => undefined,
    (error: unknown) => {
      const { sent, lasting, message } = connectionError('ReadVms', url, error);
      return { sent, lasting, message };
    },
  );

const pem = (name: string): string => readFileSync(`test/support/tls/${name}.pem`, 'utf8');
const certificate = { cert: pem('cert'), key: pem('key') };

test('posts headers and body, and returns the whole response whatever its status', async () => {
  const { endpoint, received } = await started(answers(418, { tea: true }, { 'x-pot': 'short' }));
  const answer = await post(`${endpoint}/ReadVms`);
  expect(answer).toMatchObject({ status: 418, body: '{"tea":true}', headers: { 'x-pot': 'short' } });
  expect(received[0]).toMatchObject({ operation: 'ReadVms', body: '{"a":1}', headers: { 'x-probe': 'yes' } });
});

describe('an error without a response shows whether the API may have received the request', () => {
  test('connection refused', async () => {
    const gone = await started(hangs);
    gone.close();
    expect(await failure(gone.endpoint)).toMatchObject({ sent: false, lasting: false });
  });
  test('unknown host name', async () => {
    expect(await failure('http://nowhere.invalid/api/v1')).toMatchObject({ sent: false });
  });
  test('the connection is cut before the response', async () => {
    const { endpoint } = await started(drops);
    expect(await failure(endpoint)).toMatchObject({ sent: true, lasting: false });
  });
  test('the connection is cut during the response', async () => {
    const { endpoint } = await started(({ request }, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"Volume":', () => request.socket.destroy());
    });
    expect(await failure(endpoint)).toMatchObject({ sent: true, lasting: false });
  });
  test('the response exceeds the time limit', async () => {
    const { endpoint } = await started(hangs);
    const outcome = await failure(endpoint, { timeout: 50 });
    expect(outcome).toMatchObject({ sent: true, lasting: false });
    expect(outcome?.message).toContain('no answer within 0.05 s');
  });
  test('the response begins in time and ends too late', async () => {
    const { endpoint } = await started((_, response) => {
      response.writeHead(200).write('{');
    });
    expect(await failure(endpoint, { timeout: 50 })).toMatchObject({ sent: true, lasting: false });
  });
  test('TLS with a server that has no TLS', async () => {
    const { port } = await started(hangs);
    expect(await failure(`https://localhost:${port}/`)).toMatchObject({ sent: false, lasting: true });
  });
});

test('an abort rejects with its reason', async () => {
  const cancel = new AbortController();
  const reason = new Error('cancelled');
  const { endpoint } = await started(() => cancel.abort(reason));
  await expect(post(endpoint, {}, cancel.signal)).rejects.toBe(reason);
});

describe('TLS', () => {
  const ok = answers(200, {});
  test('a certificate of an unknown CA is refused, and the call is not repeated', async () => {
    const { endpoint } = await started(ok, certificate);
    const outcome = await failure(endpoint);
    expect(outcome).toMatchObject({ sent: false, lasting: true });
    expect(outcome?.message).toMatch(/certificate|CERT/);
  });
  test('insecure accepts a certificate of an unknown CA', async () => {
    const { endpoint } = await started(ok, certificate);
    expect(await post(endpoint, { insecure: true })).toMatchObject({ status: 200 });
  });
  test('a client certificate is sent', async () => {
    const names: unknown[] = [];
    const { endpoint } = await started(
      (received, response) => {
        const { socket } = received.request;
        if (socket instanceof TLSSocket) names.push(socket.getPeerCertificate().subject?.CN);
        ok(received, response);
      },
      { ...certificate, requestCert: true, rejectUnauthorized: false },
    );
    await post(endpoint, { insecure: true });
    await post(endpoint, { insecure: true, certificate });
    expect(names).toEqual([undefined, 'localhost']);
  });
});

/** A proxy as they are: CONNECT for https, whole URLs for http. */
async function proxy(status = 200) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${new URL(request.url ?? '').pathname}`);
    response.writeHead(200).end('{"through":"proxy"}');
  });
  server.on('connect', (request, socket) => {
    asked.push('CONNECT');
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const far = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(far).pipe(socket);
    });
    far.on('error', () => socket.destroy());
    return socket.on('error', () => far.destroy());
  });
  const port = await listen(server);
  open.push({ close: () => close(server) });
  return { url: `http://localhost:${port}`, asked };
}

describe('a proxy', () => {
  test('tunnels https', async () => {
    const { endpoint } = await started(answers(200, { far: true }), certificate);
    const { url, asked } = await proxy();
    const answer = await post(endpoint, { proxy: url, insecure: true });
    expect([answer.body, asked]).toEqual(['{"far":true}', ['CONNECT']]);
  });
  test('receives the whole URL for http', async () => {
    const { url, asked } = await proxy();
    const answer = await post('http://api.example.test/api/v1/ReadVms', { proxy: url });
    expect([answer.body, asked]).toEqual(['{"through":"proxy"}', ['POST /api/v1/ReadVms']]);
  });
  test('that refuses the request is not tried again', async () => {
    const { url } = await proxy(407);
    const outcome = await failure('https://api.example.test/', { proxy: url });
    expect(outcome).toMatchObject({ sent: false, lasting: true });
  });
  test('with a server error is tried again', async () => {
    const { url } = await proxy(502);
    expect(await failure('https://api.example.test/', { proxy: url })).toMatchObject({
      sent: false,
      lasting: false,
    });
  });
});
