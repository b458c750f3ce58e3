import type { ReadContext } from '../kit/context.js';
import type { Issue } from '../kit/issues.js';
import type { RuleContext } from './context.js';

const fix = 'write the path of a PEM file that this user can read';

/**
 * Checks that the client certificate and its key can be read and used. Only for commands that call the API:
 * the files may be on the Outscale VM only.
 */
export async function checkCertificate(
  { found, called }: Pick<RuleContext, 'found' | 'called'>,
  { callsApi = false, readFile }: ReadContext,
): Promise<Issue[]> {
  const names = ['x509_cert_path', 'x509_key_path'] as const;
  const paths = names.map(found);
  if (!callsApi || paths.includes(undefined)) return [];
  const [cert, key] = paths.map((path) => readFile(path ?? ''));
  const unreadable = names.filter((_, index) => [cert, key][index] === undefined);
  if (unreadable.length > 0)
    return unreadable.map((name) => ({
      option: called(name),
      problem: `${JSON.stringify(found(name))} is not a readable file`,
      fix,
    }));
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext({ cert, key });
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      { option: names.map((name) => called(name)).join(', '), problem: `cannot be used (${why})`, fix },
    ];
  }
}
