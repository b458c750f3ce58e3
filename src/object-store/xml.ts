/** An object of a bucket. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** One page of a list. */
interface Page {
  readonly objects: readonly StoredObject[];
  readonly isTruncated: boolean;
}

/**
 * The objects in the answer to ListObjects (S3 API reference); undefined if it is not one. Of XML it knows
 * what such an answer has: elements without attributes, and text with entities.
 */
export function pageIn(answer: string): Page | undefined {
  if (!/<ListBucketResult[\s>]/.test(answer) || !/<\/ListBucketResult>\s*$/.test(answer)) return undefined;
  const objects = [...answer.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, content = '']) => ({
    key: textOf('Key', content) ?? '',
    size: Number(textOf('Size', content)),
  }));
  return { objects, isTruncated: textOf('IsTruncated', answer) === 'true' };
}

/** Code and text of a refusal, if the answer has them. */
export const refusalIn = (answer: string): { code: string | undefined; message: string | undefined } => ({
  code: textOf('Code', answer),
  message: textOf('Message', answer),
});

function textOf(name: string, xml: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text?.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_, hex, decimal, word) => {
    if (word !== undefined) return entities[String(word).toLowerCase()] ?? '';
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
