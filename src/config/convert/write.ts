import type { Document } from 'yaml';
import type { Remark } from './remark.js';

/** Text that only a double-quoted scalar keeps: line ends that are not of Unix, and control characters. */
const special = /[^\n\t\x20-\x7e\u00a0-\u2027\u202a-\ufefe\uff00-\uffff]/;

/**
 * Options as YAML that `config` accepts, with each remark as a comment at its place.
 * @param header lines of a comment at the beginning
 */
export async function writeOptions(
  values: ReadonlyMap<string, unknown>,
  remarks: readonly Remark[],
  header: readonly string[],
): Promise<string> {
  const yaml = await import(/* webpackMode: "eager" */ 'yaml');
  const document = new yaml.Document(values, { schema: 'failsafe', aliasDuplicateObjects: false });
  yaml.visit(document, {
    Scalar: (_, node) => {
      const { value } = node;
      if (typeof value !== 'string') return;
      if (value.trim() === '' || special.test(value)) node.type = 'QUOTE_DOUBLE';
      // An expression of a workflow may become any text: only in a block nothing of it is syntax.
      else if (value.includes('${{')) node.type = 'BLOCK_LITERAL';
    },
    // The tuples of `chroot_mounts`.
    Seq: (_, node, path) => {
      const isPlain = node.items.every((one) => yaml.isScalar(one) && /^[\w./-]+$/.test(String(one.value)));
      if (yaml.isSeq(path.at(-1)) && isPlain) node.flow = true;
    },
  });
  for (const { at, text } of remarks) comment(yaml, document, at, `Not converted: ${text}`);
  document.commentBefore = commentOf(header.join('\n'));
  return document.toString({ lineWidth: 0, blockQuote: 'literal' });
}

/** Adds a comment before a part of the document, or at the end of what it would be in. */
function comment(
  { isMap, isNode, isScalar, isSeq }: typeof import('yaml'),
  document: Document,
  [option, index]: Remark['at'],
  text: string,
): void {
  const options = isMap(document.contents) ? document.contents.items : [];
  const pair = options.find(({ key }) => isScalar(key) && key.value === option);
  const value = pair?.value;
  if (pair === undefined) document.comment = joined(document.comment, text);
  else if (!isSeq(value) || typeof index !== 'number') {
    if (isNode(pair.key)) pair.key.commentBefore = joined(pair.key.commentBefore, text);
  } else {
    const item = value.items[index];
    if (isNode(item)) item.commentBefore = joined(item.commentBefore, text);
    else value.comment = joined(value.comment, text);
  }
}

const joined = (before: string | null | undefined, text: string): string =>
  [...(before ? [before] : []), commentOf(text)].join('\n');

/** The lines of a text as the lines of a comment. */
const commentOf = (text: string): string =>
  text
    .split(/\r?\n|\r/)
    .map((line) => ` ${line}`)
    .join('\n');
