import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sha256 } from '../../common/sha256.js';
import { notAuthenticated, unknownKey } from '../model/errors.js';
import type { EmulatorAccount } from '../resources/context.js';
import { Lockout } from './lockout.js';
import { canonicalQuery, signatureOf, timeOf, trimmed } from './sigv4.js';

/** The signed request. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The two variants of Signature V4 that the API accepts. */
const spellings = {
  AWS4: { terminator: 'aws4_request', date: 'x-amz-date', token: 'x-amz-security-token' },
  OSC4: { terminator: 'osc4_request', date: 'x-osc-date', token: 'x-osc-security-token' },
} as const;
type Spelling = keyof typeof spellings;

interface Claim {
  readonly spelling: Spelling;
  readonly accessKey: string;
  /** `DATE/REGION/SERVICE/TERMINATOR` */
  readonly scope: string;
  readonly headers: readonly string[];
  readonly signature: string;
}

/** A request is valid for 5 minutes around its timestamp. */
const tolerance = 5 * 60_000;

/**
 * Official clients use any of these in the scope (osc-sdk-go `osc`, osc-sdk-python `api`, documentation
 * `oapi`).
 */
const services = ['oapi', 'api', 'osc'];

/** Identifies the account that signed a request. */
export class Signatures {
  readonly #lockout = new Lockout();

  constructor(
    private readonly accounts: readonly EmulatorAccount[],
    private readonly region: string,
  ) {}

  /**
   * Verifies the signature over the bytes of the request (user guide, "Signature of API Requests").
   * @returns the account that signed
   * @throws ApiError code 4120 if the access key does not exist; AccessDenied, code 1, if the signature is
   *   wrong, or 13 while the key is locked
   */
  verify(request: SignedRequest, now: number): EmulatorAccount {
    const claim = parse(request.headers.authorization ?? '');
    if (claim === undefined) throw notAuthenticated('the header Authorization has no signature.');
    this.#lockout.check(claim.accessKey, now);
    const account = this.accounts.find(({ accessKey }) => accessKey === claim.accessKey);
    const fault = account && this.#fault(claim, account, request, now);
    if (account === undefined || fault !== undefined) {
      this.#lockout.failed(claim.accessKey, now);
      throw fault === undefined ? unknownKey() : notAuthenticated(fault);
    }
    this.#lockout.succeeded(claim.accessKey);
    return account;
  }

  #fault(claim: Claim, account: EmulatorAccount, request: SignedRequest, now: number): string | undefined {
    const { date: dateHeader, token: tokenHeader, terminator } = spellings[claim.spelling];
    const stamp = headerOf(request, dateHeader);
    const time = timeOf(stamp);
    if (time === undefined) return `the header ${dateHeader} has no valid time.`;
    const scopes = services.map((service) => `${stamp.slice(0, 8)}/${this.region}/${service}/${terminator}`);
    if (!scopes.includes(claim.scope))
      return `the credential scope is not DATE/${this.region}/SERVICE/${terminator} with a service of ${services.join(', ')}.`;
    if (!['host', dateHeader].every((name) => claim.headers.includes(name)))
      return `host and ${dateHeader} must be signed.`;
    if (Math.abs(now - time) > tolerance) return 'the request is not within 5 minutes of its timestamp.';
    if (account.token !== undefined && headerOf(request, tokenHeader) !== account.token)
      return `the session token in the header ${tokenHeader} is not the key's.`;
    const isRight = signedForms(request).some((form) =>
      timingSafeEqual(Buffer.from(sign(claim, account.secretKey, stamp, form)), Buffer.from(claim.signature)),
    );
    return isRight ? undefined : 'the signature does not match.';
  }
}

/** The forms that a client may have signed: the host as sent, or without its port, as osc-sdk-python does. */
function signedForms(request: SignedRequest): SignedRequest[] {
  const { host = '' } = request.headers;
  const withoutPort = host.replace(/:\d+$/, '');
  return withoutPort === host
    ? [request]
    : [request, { ...request, headers: { ...request.headers, host: withoutPort } }];
}

function parse(authorization: string): Claim | undefined {
  const match =
    /^(AWS4|OSC4)-HMAC-SHA256 +Credential=([^/,\s]+)\/([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!match) return undefined;
  const [, spelling, accessKey = '', scope = '', headers = '', signature = ''] = match;
  return {
    spelling: spelling === 'OSC4' ? 'OSC4' : 'AWS4',
    accessKey,
    scope,
    headers: headers.split(';'),
    signature,
  };
}

function sign(claim: Claim, secret: string, stamp: string, request: SignedRequest): string {
  const { pathname, searchParams } = new URL(request.url, 'http://host');
  const canonical = [
    request.method,
    pathname,
    canonicalQuery(searchParams),
    ...claim.headers.map((name) => `${name}:${trimmed(headerOf(request, name))}`),
    '',
    claim.headers.join(';'),
    sha256(request.body),
  ].join('\n');
  const text = [`${claim.spelling}-HMAC-SHA256`, stamp, claim.scope, sha256(canonical)].join('\n');
  return signatureOf(claim.spelling, secret, claim.scope, text);
}

const headerOf = ({ headers }: SignedRequest, name: string): string => [headers[name] ?? ''].flat().join(',');
