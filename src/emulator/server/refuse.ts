import type { FaultRule } from './faults.js';
import { finish } from './finish.js';

const words = 'Refused, as the list of faults says.';

/** The refusal that a rule of the list of faults describes, in the API's own shape or as `application/problem+json`. */
export function refuse(
  { status = 400, code = '0', type = 'DefaultError', details = words, problem = false }: FaultRule,
  bare: boolean,
): { status: number; body: object; type?: string } {
  if (!problem) return finish(status, { Errors: [{ Code: code, Type: type, Details: details }] }, bare);
  const body = { type: 'about:blank', title: type, status, detail: details };
  return { status, body, type: 'application/problem+json' };
}
