import { randomUUID } from 'node:crypto';
import { strip } from './bare.js';

/** Every answer carries `ResponseContext.RequestId`. */
export function finish(status: number, result: object, bare: boolean): { status: number; body: object } {
  const body = { ...result, ResponseContext: { RequestId: randomUUID() } };
  return { status, body: bare ? strip(body) : body };
}
