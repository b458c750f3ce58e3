import type { Document, LineCounter } from 'yaml';
import { refuse } from './issues.js';

/** A parsed text: its value, and the position of each part. */
export interface Parsed {
  readonly value: unknown;
  /** `line 3, column 7` of the key or item at a path, or of its closest existing parent. */
  readonly location: (path: readonly string[]) => string;
}

/**
 * Parses YAML or JSON into text, arrays and Maps. Every scalar stays text: `0755`, `yes` and `~` are not
 * converted to numbers, booleans or nulls (failsafe schema of YAML 1.2, chapter 10.1). The parser is loaded
 * on first use.
 * @param file its path, for messages
 * @throws InvalidValueError with line and column inside the text
 */
export async function parseText(text: string, file?: string): Promise<Parsed> {
  const yaml = await import(/* webpackChunkName: "yaml" */ 'yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines });
  const [invalid] = document.errors;
  if (invalid) {
    // The parser quotes the unexpected text after the colon; it could be a secret.
    const why = invalid.code === 'UNEXPECTED_TOKEN' ? invalid.message.replace(/:.*/s, '') : invalid.message;
    refuse(
      `${file === undefined ? '' : `${file} `}is not valid YAML at ${locationOf(lines, invalid.pos[0])} (${why})`,
      'fix the syntax, or quote the text',
    );
  }
  return {
    value: contentOf(document),
    location: (path) => locationOf(lines, offsetOf(yaml, document, path)),
  };
}

/** The value without positions. @throws InvalidValueError as `parseText` does */
export const parseYaml = async (text: string): Promise<unknown> => (await parseText(text)).value;

function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(`has an alias that cannot be resolved (${why})`, 'write the value instead of the alias');
  }
}

function locationOf(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

/** The offset of the node at a path of keys and list items (`item 2`), or of its closest existing parent. */
function offsetOf(
  { isMap, isPair, isSeq, isNode, isScalar }: typeof import('yaml'),
  document: Document.Parsed,
  path: readonly string[],
): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of path) {
    const next: unknown = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      : isSeq(node)
        ? node.items[Number(/^item (\d+)$/.exec(step)?.[1]) - 1]
        : undefined;
    const shown: unknown = isPair(next) ? next.key : next;
    if (!isNode(shown)) break;
    offset = shown.range?.[0] ?? offset;
    node = isPair(next) ? next.value : next;
  }
  return offset;
}
