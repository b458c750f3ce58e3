import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../common/errors.js';
import { ApiError, internal, invalid, methodNotAllowed, throttled, unknownCall } from '../model/errors.js';
import type { History } from '../model/history.js';
import type { Cloud } from '../resources/context.js';
import { callNamed, isRead } from './calls.js';
import { withoutNulls } from './check.js';
import type { FaultFile } from './faults.js';
import { type Garbage, garbage } from './garbage.js';
import { type JsonResponse, jsonResponse, refusalResponse } from './json-response.js';
import type { RateLimit } from './rate.js';
import type { RequestLog } from './request-log.js';
import type { Signatures, SignedRequest } from './signature.js';

/** The components that the API needs to respond. */
export interface Api {
  readonly cloud: Cloud;
  readonly signatures: Signatures;
  readonly faults: FaultFile;
  readonly history: History;
  readonly rateLimit: RateLimit;
  readonly requestLog: RequestLog;
  readonly minimalResponses: boolean;
  /** Called after every change; resolves when the change is on disk. */
  readonly changed: () => Promise<void>;
}

/**
 * The response: a JSON body, optionally delayed; invalid content; or none, with the connection cut or left
 * open.
 */
export type Reply = (JsonResponse & { readonly delay?: number }) | Garbage | 'cut' | 'silence';

/** Calls that the API also accepts unsigned. */
const unsigned = ['ReadRegions'];

/** Handles one API request: signature, parameters, injected faults, action. */
export async function answer(operation: string, request: SignedRequest, api: Api): Promise<Reply> {
  const now = Date.now();
  const asked: { body?: unknown } = {};
  const reply = await attempt(operation, request, api, now, asked);
  const status = typeof reply === 'string' ? 0 : reply.status;
  const shown = typeof reply !== 'string' && 'body' in reply ? { status, answer: reply.body } : { status };
  api.requestLog.add({ operation, request: asked.body, ...shown }, now);
  return reply;
}

async function attempt(
  operation: string,
  request: SignedRequest,
  api: Api,
  now: number,
  asked: { body?: unknown },
): Promise<Reply> {
  try {
    const serve = callNamed(operation);
    if (serve === undefined) throw unknownCall(operation);
    if (request.method !== 'POST') throw methodNotAllowed();
    const isOpen = unsigned.includes(operation) && request.headers.authorization === undefined;
    const account = isOpen ? { id: '' } : api.signatures.verify(request, now);
    asked.body = parse(request.body);
    api.rateLimit.check(account.id, now);
    const injected = api.faults.faultFor(operation, request.body.toString());
    const fault = injected?.fault;
    if (fault === 'drop-before') return 'cut';
    if (fault === 'hang') return 'silence';
    if (fault === 'throttle') throw throttled(injected?.before ?? 0);
    if (injected !== undefined && fault === 'refuse')
      return refusalResponse(injected.rule, api.minimalResponses);
    if (fault === 'server-error') throw internal('Injected by a rule of the fault list.');
    const delay = injected?.rule.delay ?? 0;
    if (fault === 'late') await sleep(delay);
    const isLagging = fault === 'lag' && isRead(operation);
    const at = isLagging ? now - delay : Date.now();
    const cloud = isLagging ? { ...api.cloud, world: api.history.at(at) } : api.cloud;
    const result = serve(withoutNulls(asked.body) ?? {}, { account: account.id, now: at }, cloud)();
    if (!isRead(operation)) await api.changed();
    if (injected?.fault === 'garbage') return garbage(injected.before);
    if (injected?.fault === 'slow')
      return { ...jsonResponse(200, result, api.minimalResponses), delay: injected.rule.delay ?? 60_000 };
    return fault === 'drop-after' ? 'cut' : jsonResponse(200, result, api.minimalResponses);
  } catch (error) {
    const refusal = error instanceof ApiError ? error : internal(describe(error));
    return jsonResponse(refusal.status, { Errors: refusal.errors }, api.minimalResponses);
  }
}

/** Parses a body; an empty body is a request without parameters. */
function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('body', 'not JSON');
  }
}
