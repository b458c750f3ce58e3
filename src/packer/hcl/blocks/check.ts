import type { Path } from '../../template.js';
import type { HclBlock } from '../parser/syntax.js';
import type { Mistakes } from './mistakes.js';

/** Reports the attributes and blocks of a block that its type does not have. */
export function checkAttributes(
  { body }: HclBlock,
  path: Path,
  known: { readonly attributes: readonly string[]; readonly blocks: readonly string[] },
  mistakes: Mistakes,
): void {
  const names = [...known.attributes, ...known.blocks].join(', ') || 'none';
  const fix = `it can have: ${names}`;
  for (const { name, at } of body.attributes.values())
    if (!known.attributes.includes(name))
      mistakes.report([...path, name], at, 'is not an argument of this block', fix);
  for (const { type, at } of body.blocks)
    if (!known.blocks.includes(type))
      mistakes.report([...path, type], at, 'is not a block of this block', fix);
}
