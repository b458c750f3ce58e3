import type { Operation, ResponseOf } from '../api.js';
import { ApiError, classify, InvalidAnswerError, type RefusalDetails } from '../errors.js';
import { detailsIn, errorsIn } from './refusal-text.js';
import { resultIn } from './result.js';
import type { Answer } from './transport.js';

/** Seconds. A signature is valid for 300 s around its time; 60 s are left for the response. */
export const toleratedSkew = 240;

/**
 * Reads the result from an HTTP response.
 * @param sentAt the time in the signature of the request, in milliseconds since 1970.
 * @throws ApiError if the response is a refusal; InvalidAnswerError if it is not a result of this call.
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
    `Check that this is the endpoint of the Outscale API. The response has type ${text(headers['content-type']) ?? 'unknown'}.`,
  );
}

/** Seconds that this machine's clock is ahead of the API's (behind, if negative), by the header `Date`. */
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
  const fault: RefusalDetails = {
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

/** The target of a redirect. It is not followed, because a signature is valid for one host only. */
function redirection({ status, headers }: Answer): string | undefined {
  const to = text(headers.location);
  return status >= 300 && status < 400 && to !== undefined ? `redirected to ${to}` : undefined;
}

function hintFor(operation: string, fault: RefusalDetails, skew = 0): string | undefined {
  switch (classify(fault)) {
    case 'authentication':
      if (Math.abs(skew) <= toleratedSkew)
        return 'Check access key and secret key, their region, and the API access rules of the account.';
      return (
        `Set the clock of this machine: it is ${Math.abs(skew)} seconds ${skew > 0 ? 'ahead of' : 'behind'} the API's, ` +
        'and a signature is valid for 5 minutes only.'
      );
    case 'quota':
      return 'Delete unused resources, or ask Outscale support for a higher quota.';
    case 'permission':
      return `Allow api:${operation} in the policies of the user that the keys belong to.`;
    default:
      return fault.status < 400
        ? 'Set custom_endpoint_oapi to the target of the redirect, including its path.'
        : undefined;
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** The JSON object in a body; undefined if there is none. Its fields are not validated. */
function parse(body: string) {
  try {
    const content = JSON.parse(body);
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

const excerpt = (body: string): string => JSON.stringify(body.replace(/\s+/g, ' ').trim().slice(0, 120));
