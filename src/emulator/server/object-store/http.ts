import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmulatorAccount } from '../../resources/context.js';
import type { Api } from '../api.js';
import type { InjectedFault } from '../faults.js';
import { listen } from '../http.js';
import { document, element } from './listing.js';
import { carryOut, changes, operationOf, type StoreAnswer } from './operations.js';
import { StoreError } from './refusal.js';
import { verify } from './signature.js';

/** Serves the object storage of the region on 127.0.0.1: the S3 protocol, in path style. */
export async function serveObjects(api: Api, accounts: readonly EmulatorAccount[]): Promise<Server> {
  return await listen(0, async (request, response) => await respond(request, response, api, accounts));
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  api: Api,
  accounts: readonly EmulatorAccount[],
): Promise<void> {
  const now = Date.now();
  const { method = 'GET', url = '/' } = incoming;
  const [path = '/', search = ''] = url.split(/\?(.*)/s);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path)?.map(decodeURIComponent) ?? [];
  const log = (status: number): void => {
    const operation = nameOf(method, key);
    if (operation !== undefined) api.requestLog.add({ operation, object: `${bucket}/${key}`, status }, now);
  };
  try {
    const name = operationOf(method, key);
    const { account, payload } = verify(incoming, accounts, api.cloud.settings.region, now);
    const injected = api.faults.faultFor(name, url);
    const before = await beforeOperation(injected);
    if (before === 'cut' || before === 'silence') log(0);
    if (before === 'cut') return void response.destroy();
    if (before === 'silence') return;
    const query = new URLSearchParams(search);
    const request = { account: account.id, bucket, key, query, incoming, payload };
    const answer = await carryOut(name, request, api.cloud);
    if (changes(name)) await api.changed();
    if (injected?.fault === 'drop-after') {
      log(0);
      return void response.destroy();
    }
    if (injected?.fault === 'slow') await sleep(injected.rule.delay ?? 60_000, undefined, { ref: false });
    log(answer.status);
    await send(response, injected?.fault === 'garbage' ? { status: 200, body: '<html>' } : answer, method);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log(error.status);
    const body = document('Error', element('Code', error.code), element('Message', error.message));
    const headers = { 'Content-Type': 'application/xml' };
    await send(response, { status: error.status, headers, body }, method);
  }
}

function nameOf(method: string, key: string): string | undefined {
  try {
    return operationOf(method, key);
  } catch {
    return undefined;
  }
}

/** What a fault does before the operation. @throws StoreError if it refuses */
async function beforeOperation(injected: InjectedFault | undefined): Promise<'cut' | 'silence' | undefined> {
  const { fault, rule } = injected ?? {};
  if (fault === 'drop-before') return 'cut';
  if (fault === 'hang') return 'silence';
  if (fault === 'throttle') throw new StoreError(503, 'SlowDown', 'Reduce your request rate.');
  if (fault === 'server-error')
    throw new StoreError(500, 'InternalError', 'Injected by a rule of the fault list.');
  if (fault === 'refuse')
    throw new StoreError(
      rule?.status ?? 400,
      rule?.type ?? 'InvalidRequest',
      rule?.details ?? 'Refused by a rule.',
    );
  if (fault === 'late') await sleep(rule?.delay ?? 0);
  return undefined;
}

/** The answer to HEAD has no body. */
async function send(
  response: ServerResponse,
  { status, headers = {}, body = '' }: StoreAnswer,
  method: string,
): Promise<void> {
  const length =
    typeof body === 'string' && method !== 'HEAD' ? { 'Content-Length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { ...length, ...headers });
  if (method === 'HEAD' || status === 204) response.end();
  // A client may close the connection early.
  else if (body instanceof Readable) await pipeline(body, response).catch(() => response.destroy());
  else response.end(body);
}
