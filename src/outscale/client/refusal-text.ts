/** Maximum number of characters of a body in a message. */
const most = 200;

/** Schema `Errors`; the fields are not validated. */
export interface ErrorEntry {
  readonly Code?: unknown;
  readonly Type?: unknown;
  readonly Details?: unknown;
}

/** The entries of `Errors` in the body of a refusal, which may be any object. */
export function errorsIn(content: object): ErrorEntry[] {
  const errors: unknown = Reflect.get(content, 'Errors');
  return Array.isArray(errors) ? errors.filter((one) => typeof one === 'object' && one !== null) : [];
}

/**
 * The message of a refusal without `Errors`: title and detail of `application/problem+json` (RFC 9457),
 * `message` of a gateway, the title or the first line of HTML, or the first line of plain text.
 */
export function detailsIn(content: object | undefined, body: string): string | undefined {
  if (content !== undefined) {
    const fields = ['title', 'detail', 'message'].map((name): unknown => Reflect.get(content, name));
    return shown(fields.filter((field) => typeof field === 'string' && field !== '').join(': '));
  }
  if (!/^\s*</.test(body)) return shown(firstLine(body));
  const [, title = ''] = /<title[^>]*>([^<]*)/i.exec(body) ?? [];
  const plain = body.replaceAll(/<(script|style)\b.*?<\/\1\s*>/gis, '').replaceAll(/<[^>]*>?/g, '\n');
  return shown(title.trim() || firstLine(plain));
}

const firstLine = (text: string): string => /\S.*/.exec(text)?.[0] ?? '';

const shown = (text: string): string | undefined =>
  text.replaceAll(/\s+/g, ' ').trim().slice(0, most) || undefined;
