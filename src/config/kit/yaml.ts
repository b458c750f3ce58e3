import type { Document, LineCounter } from 'yaml';
import { refuse } from './issues.js';

/** A text that was read: its value, and where in the text its parts stand. */
export interface Parsed {
  readonly value: unknown;
  /** `line 3, column 7`: of the key or item at a path, or of what is nearest to it. */
  readonly place: (path: readonly string[]) => string;
}

/**
 * Reads YAML or JSON into text, arrays and Maps. Every scalar stays the text that was written: `0755`, `yes` and
 * `~` are no numbers, booleans or nulls (the failsafe schema of YAML 1.2, chapter 10.1). The parser is loaded
 * when the first such text comes.
 * @throws Refused with line and column inside the text
 */
export async function parseText(text: string): Promise<Parsed> {
  const yaml = await import(/* webpackMode: "eager" */ 'yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines });
  const [invalid] = document.errors;
  if (invalid) {
    // What was unexpected is quoted after the colon, and could be a secret.
    const why = invalid.code === 'UNEXPECTED_TOKEN' ? invalid.message.replace(/:.*/s, '') : invalid.message;
    refuse(`is not YAML at ${placeOf(lines, invalid.pos[0])} (${why})`, 'mend it there, or quote the text');
  }
  return { value: contentOf(document), place: (path) => placeOf(lines, offsetOf(yaml, document, path)) };
}

/** The value alone. @throws Refused as `parseText` */
export const parseYaml = async (text: string): Promise<unknown> => (await parseText(text)).value;

function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(`has an alias that cannot be followed (${why})`, 'write the value out');
  }
}

function placeOf(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

/** Follows names of keys, and `item 2` of a list, as far as they lead. */
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
