import { randomUUID } from 'node:crypto';
import type { FaultRule } from './faults.js';
import { minimalResponse } from './minimal-responses.js';

/** A status and a body, which is sent as JSON of this type. */
export interface JsonResponse {
  readonly status: number;
  readonly body: object;
  readonly type?: string;
}

/** A response of the API. Every response carries `ResponseContext.RequestId`. */
export function jsonResponse(status: number, result: object, isMinimal: boolean): JsonResponse {
  const body = { ...result, ResponseContext: { RequestId: randomUUID() } };
  return { status, body: isMinimal ? minimalResponse(body) : body };
}

/**
 * The refusal that a fault rule describes, in the API's own format or as `application/problem+json` (RFC
 * 9457).
 */
export function refusalResponse(rule: FaultRule, isMinimal: boolean): JsonResponse {
  const { status = 400, code = '0', type = 'DefaultError', problem = false } = rule;
  const { details = 'Refused by a rule of the fault list.' } = rule;
  if (!problem)
    return jsonResponse(status, { Errors: [{ Code: code, Type: type, Details: details }] }, isMinimal);
  const body = { type: 'about:blank', title: type, status, detail: details };
  return { status, body, type: 'application/problem+json' };
}
