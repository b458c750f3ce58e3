import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * The SHA-256 hash of the content of a file, as 64 hexadecimal digits.
 * @throws the error of the system; an AbortError if the signal is aborted
 */
export async function fileDigest(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { signal })) hash.update(part);
  return hash.digest('hex');
}
