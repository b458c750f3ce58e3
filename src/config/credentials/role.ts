import type { ReadContext } from '../kit/context.js';
import type { Credentials } from './types.js';

/** In milliseconds: how long the service may take to answer, and how long before their end keys are renewed. */
const limits = { answer: 1000, early: 5 * 60_000 };

interface RoleKeys {
  readonly keys: Credentials;
  /** Milliseconds since 1970; never where the answer tells no end. */
  readonly expires: number;
}

/**
 * Keys of the role of this VM, from the metadata service in EC2's form: `iam/security-credentials/` names the role,
 * and the name below it holds the keys. Undefined, silently, when there is no such service.
 */
export async function roleCredentials(
  endpoint: string,
  context: ReadContext,
): Promise<Credentials | undefined> {
  const first = await readRole(endpoint, context);
  if (first === undefined) return undefined;
  let held = first;
  const current = async (): Promise<Credentials> => {
    // Where the service fails, keys serve until their end.
    if (Date.now() > held.expires - limits.early) held = (await readRole(endpoint, context)) ?? held;
    return held.keys;
  };
  return { ...first.keys, current };
}

async function readRole(endpoint: string, { metadata, mask }: ReadContext): Promise<RoleKeys | undefined> {
  if (metadata === undefined) return undefined;
  const signal = AbortSignal.timeout(limits.answer);
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
