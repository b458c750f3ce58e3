import type { Attribute, Body, HclBlock } from '../parser/syntax.js';
import { checkAttributes } from './check.js';
import type { Mistakes } from './mistakes.js';

/** The blocks of a template, by type. */
export interface Root {
  readonly variables: readonly HclBlock[];
  /** The defaults in `variables` blocks, an old form. */
  readonly oldVariables: readonly Attribute[];
  readonly locals: readonly Attribute[];
  readonly localBlocks: readonly HclBlock[];
  readonly sources: readonly HclBlock[];
  readonly builds: readonly HclBlock[];
  readonly data: readonly HclBlock[];
}

/** How many labels the blocks have. */
const labels: Readonly<Record<string, number>> = {
  packer: 0,
  variable: 1,
  variables: 0,
  locals: 0,
  local: 1,
  source: 2,
  build: 0,
  data: 2,
};

/** `source "outscale-chroot" "web"`, for messages. */
export const nameOfBlock = ({ type, labels: names }: HclBlock): string =>
  [type, ...names.map((one) => JSON.stringify(one))].join(' ');

/** Sorts the blocks of all files. Reports unknown blocks, and blocks that are declared twice. */
export function readRoot(files: readonly Body[], mistakes: Mistakes): Root {
  for (const { attributes } of files)
    for (const { name, at } of attributes.values())
      mistakes.report([name], at, 'is not in a block', 'move it into a block');
  const all = files.flatMap(({ blocks }) => blocks);
  const known = all.filter((block) => isKnown(block, mistakes));
  const of = (type: string): HclBlock[] => known.filter((block) => block.type === type);
  for (const type of ['variable', 'local', 'source', 'data']) reportTwice(of(type), mistakes);
  for (const block of of('packer')) checkPacker(block, mistakes);
  const attributesOf = (type: string): Attribute[] =>
    of(type).flatMap(({ body }) => [...body.attributes.values()]);
  return {
    variables: of('variable'),
    oldVariables: attributesOf('variables'),
    locals: attributesOf('locals'),
    localBlocks: of('local'),
    sources: of('source'),
    builds: of('build'),
    data: of('data'),
  };
}

function isKnown(block: HclBlock, mistakes: Mistakes): boolean {
  const count = Object.hasOwn(labels, block.type) ? labels[block.type] : undefined;
  if (count === undefined)
    mistakes.report(
      [block.type],
      block.at,
      'is not a block of a Packer template',
      `the blocks are: ${Object.keys(labels).join(', ')}`,
    );
  else if (block.labels.length !== count)
    mistakes.report([nameOfBlock(block)], block.at, `has ${block.labels.length} labels`, `write ${count}`);
  return count === block.labels.length;
}

function reportTwice(blocks: readonly HclBlock[], mistakes: Mistakes): void {
  const names = new Set<string>();
  for (const block of blocks) {
    const name = nameOfBlock(block);
    if (names.has(name)) mistakes.report([name], block.at, 'is declared twice', 'remove one of them');
    names.add(name);
  }
}

/** Constraints of versions and plugins are read, and not used: no program of Packer is involved. */
function checkPacker(block: HclBlock, mistakes: Mistakes): void {
  checkAttributes(
    block,
    ['packer'],
    { attributes: ['required_version'], blocks: ['required_plugins'] },
    mistakes,
  );
}
