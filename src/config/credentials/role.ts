import type { ReadContext } from '../kit/context.js';
import type { Credentials } from './types.js';

/** In milliseconds: the time limit of a request, and how long before their expiry keys are renewed. */
const timeouts = { request: 1000, renewal: 5 * 60_000 };

interface RoleKeys {
  readonly keys: Credentials;
  /** Milliseconds since 1970; infinity if the response has no expiry. */
  readonly expires: number;
}

/**
 * Keys of the role of this VM, from the metadata service in the format of EC2: `iam/security-credentials/`
 * returns the name of the role, and the path with that name returns its keys. Undefined, without a message,
 * if the service does not respond or has no role.
 */
export async function roleCredentials(
  endpoint: string,
  context: ReadContext,
): Promise<Credentials | undefined> {
  const first = await readRole(endpoint, context);
  if (first === undefined) return undefined;
  let latest = first;
  const current = async (): Promise<Credentials> => {
    // If the service fails, the keys are used until they expire.
    if (Date.now() > latest.expires - timeouts.renewal)
      latest = (await readRole(endpoint, context)) ?? latest;
    return latest.keys;
  };
  return { ...first.keys, current };
}

async function readRole(endpoint: string, { metadata, mask }: ReadContext): Promise<RoleKeys | undefined> {
  if (metadata === undefined) return undefined;
  const signal = AbortSignal.timeout(timeouts.request);
  const path = 'iam/security-credentials/';
  try {
    const [role = ''] = (await metadata(endpoint, path, signal)).trim().split(/\s/);
    if (role === '') return undefined;
    const answer: unknown = JSON.parse(
      await metadata(endpoint, `${path}${encodeURIComponent(role)}`, signal),
    );
    const fields = new Map<string, unknown>(Object.entries(Object(answer)));
    const text = (name: string): string => {
      const value = fields.get(name);
      return typeof value === 'string' ? value : '';
    };
    const [accessKey, secretKey, sessionToken] = [
      text('AccessKeyId'),
      text('SecretAccessKey'),
      text('Token'),
    ];
    if (accessKey === '' || secretKey === '') return undefined;
    for (const secret of [secretKey, sessionToken]) if (secret !== '') mask?.(secret);
    const expires = Date.parse(text('Expiration'));
    return {
      keys: {
        accessKey,
        secretKey,
        from: `role ${role} of this VM`,
        ...(sessionToken === '' ? {} : { sessionToken }),
      },
      expires: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
    };
  } catch {
    return undefined;
  }
}
