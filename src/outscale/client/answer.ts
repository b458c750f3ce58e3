import type { Operation, ResponseOf } from '../api.js';
import { ApiError, classify, type Fault, InvalidAnswerError } from '../errors.js';
import { detailsIn, errorsIn } from './refusal-text.js';
import { resultIn } from './result.js';
import type { Answer } from './transport.js';

/** Seconds. A signature is good for 300 around its time, and answers take a while. */
export const toleratedSkew = 240;

/**
 * The result in an HTTP answer.
 * @param sentAt the time that the request was signed with, in milliseconds since 1970.
 * @throws ApiError when the answer is a refusal, InvalidAnswerError when it is not the result of this call.
 */
export function readAnswer<Op extends Operation>(
  operation: Op,
  endpoint: string,
  answer: Answer,
  sentAt: number,
  isDryRun = false,
): ResponseOf<Op> {
  const { status, headers, body } = answer;
  if (status < 200 || status > 299) throw refusalIn(operation, answer, sentAt);
  const content = parse(isDryRun && body.trim() === '' ? '{}' : body);
  const result: ResponseOf<Op> | undefined = content && resultIn(operation, isDryRun, content);
  if (result !== undefined) return result;
  const what =
    content === undefined ? `without a JSON object: ${excerpt(body)}` : 'without the result of the call';
  throw new InvalidAnswerError(
    operation,
    status,
    `${endpoint} answered ${status} ${what}`,
    `Is this the address of the Outscale API? The answer is of type ${text(headers['content-type']) ?? 'unknown'}.`,
  );
}

/** How many seconds this machine's clock is ahead of the API's (behind, if negative), by the header `Date`. */
export function clockSkew(date: unknown, sentAt: number): number | undefined {
  const theirs = Date.parse(String(date));
  return Number.isNaN(theirs) ? undefined : Math.round((sentAt - theirs) / 1000);
}

/** `Retry-After` in milliseconds: it is a number of seconds or a date. */
export function retryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function refusalIn(operation: string, answer: Answer, sentAt: number): ApiError {
  const { status, headers, body } = answer;
  const content: object | undefined = parse(body);
  const errors = content === undefined ? [] : errorsIn(content);
  const details = errors.flatMap(({ Details }) => text(Details) ?? []).join('; ');
  const fault: Fault = {
    status,
    code: text(errors[0]?.Code),
    type: text(errors[0]?.Type),
    details: details || redirection(answer) || (errors.length === 0 ? detailsIn(content, body) : undefined),
  };
  return new ApiError(
    operation,
    fault,
    requestIdIn(content),
    retryAfter(headers['retry-after'], sentAt),
    hintFor(operation, fault, clockSkew(headers.date, sentAt)),
  );
}

const requestIdIn = (content: { readonly ResponseContext?: unknown } = {}): string | undefined => {
  const { ResponseContext: context } = content;
  return typeof context === 'object' && context !== null && 'RequestId' in context
    ? text(context.RequestId)
    : undefined;
};

/** Where an answer sends us. It is not followed: what is signed is signed for one host. */
function redirection({ status, headers }: Answer): string | undefined {
  const to = text(headers.location);
  return status >= 300 && status < 400 && to !== undefined ? `redirected to ${to}` : undefined;
}

function hintFor(operation: string, fault: Fault, skew = 0): string | undefined {
  switch (classify(fault)) {
    case 'authentication':
      if (Math.abs(skew) <= toleratedSkew)
        return 'Check access key and secret key, and that they belong to this region and may be used from here.';
      return (
        `The clock of this machine is ${Math.abs(skew)} seconds ${skew > 0 ? 'ahead of' : 'behind'} the API's, ` +
        'and a signature is good for 5 minutes: this is the likely reason. Set the clock.'
      );
    case 'quota':
      return 'Delete what is not needed any more, or ask the support of Outscale for a higher quota.';
    case 'permission':
      return `Allow api:${operation} in the policies of the user that the keys belong to.`;
    default:
      return fault.status < 400
        ? 'This is not the address of the API itself: set custom_endpoint_oapi to the one that answers, the path too.'
        : undefined;
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** The object that a body is, or undefined if it is not one. Its fields are as the API sent them: unproved. */
function parse(body: string) {
  try {
    const content = JSON.parse(body);
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

const excerpt = (body: string): string => JSON.stringify(body.replace(/\s+/g, ' ').trim().slice(0, 120));
