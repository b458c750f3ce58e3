import type { Emulator, EmulatorAccount } from '../../src/emulator/emulator.js';
import { type Operation, operations, type RequestOf, type ResponseOf } from '../../src/outscale/api.js';
import { sign } from '../../src/outscale/client/sign.js';

/** A body of any answer, as far as tests look into it without a schema. */
export interface Body {
  readonly Errors?: readonly { readonly Code: string; readonly Type: string; readonly Details?: string }[];
  readonly ResponseContext?: { readonly RequestId?: string };
}

/** Sends one signed request to an emulator. */
export async function send(
  emulator: Emulator,
  account: EmulatorAccount,
  operation: string,
  request: unknown,
  now = Date.now(),
  region = 'eu-west-2',
): Promise<{ status: number; headers: Headers; body: Body }> {
  const url = `${emulator.endpoint}/${operation}`;
  const body = JSON.stringify(request);
  const { accessKey, secretKey, token } = account;
  const keys = { accessKey, secretKey, ...(token === undefined ? {} : { sessionToken: token }) };
  const { Host: _host, 'Content-Length': _length, ...headers } = sign({ url, body, region }, keys, now);
  const answer = await fetch(url, { method: 'POST', body, headers });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
}

/**
 * A caller whose answers must be exactly what the schemas say.
 * @throws Error `CODE TYPE: DETAILS` when the emulator refuses
 */
export const callerOf =
  (emulator: Emulator, account: EmulatorAccount, region?: string) =>
  async <Op extends Operation>(operation: Op, request: RequestOf<Op>): Promise<ResponseOf<Op>> => {
    const { status, body } = await send(emulator, account, operation, request, undefined, region);
    const [error] = body.Errors ?? [];
    if (status !== 200) throw new Error(`${error?.Code} ${error?.Type}: ${error?.Details}`);
    const parsed = operations[operation].response.parse(body);
    if (JSON.stringify(sorted(parsed)) !== JSON.stringify(sorted(body)))
      throw new Error(`${operation} answered fields that its schema does not have: ${JSON.stringify(body)}`);
    const answer: ResponseOf<Op> = JSON.parse(JSON.stringify(body));
    return answer;
  };

/** The same value with the fields of every object in order. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
};

/** Asks again until it is true. */
export async function until(
  what: string,
  isTrue: () => Promise<boolean> | boolean,
  ms = 5000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
