import type { Block, Path } from '../../template.js';
import type { Scope } from '../evaluate/scope.js';
import type { HclBlock } from '../parser/syntax.js';
import { toText } from '../values/convert.js';
import { neutral } from '../values/neutral.js';
import { Dictionary, type Hcl, List } from '../values/value.js';
import type { BuildSource } from './builds.js';
import type { Mistakes } from './mistakes.js';
import { nameOfBlock } from './root.js';
import { valuesOf } from './values.js';

/** The provisioners of a build that apply to a source, in order. */
export function provisionersOf(one: BuildSource, scope: Scope, mistakes: Mistakes): Block[] {
  const { blocks } = one.build.body;
  for (const { type } of blocks)
    if (type === 'error-cleanup-provisioner' || type === 'hcp_packer_registry')
      mistakes.findings.notice(
        [type],
        type === 'hcp_packer_registry' ? 'is ignored' : 'is ignored: a failed build deletes its volume',
      );
  return blocks
    .filter(({ type }) => type === 'provisioner')
    .flatMap((block, index) => blockOf(block, `provisioner ${index + 1}`, one, scope, mistakes));
}

/** The post-processors of a build that apply to a source; those of `post-processors` are a sequence. */
export function postProcessorsOf(one: BuildSource, scope: Scope, mistakes: Mistakes): Block[] {
  return one.build.body.blocks
    .flatMap((block) => (block.type === 'post-processors' ? block.body.blocks : [block]))
    .filter(({ type }) => type === 'post-processor')
    .flatMap((block, index) => blockOf(block, `post-processor ${index + 1}`, one, scope, mistakes));
}

function blockOf(
  block: HclBlock,
  label: string,
  one: BuildSource,
  scope: Scope,
  mistakes: Mistakes,
): Block[] {
  const [type = ''] = block.labels;
  const at: Path = [`${label} ${JSON.stringify(type)}`];
  mistakes.remember(at, block.at);
  if (block.labels.length !== 1) {
    mistakes.report([nameOfBlock(block)], block.at, `has ${block.labels.length} labels`, 'write its type');
    return [];
  }
  const values = valuesOf(block.body, scope, at, mistakes);
  const full = `${one.type}.${one.name}`;
  const names = (key: string): readonly string[] | undefined => {
    const list = values.get(key);
    return list instanceof List ? list.items.map(toText) : undefined;
  };
  if (names('only')?.includes(full) === false || names('except')?.includes(full) === true) return [];
  const override = entriesOf(values.get('override'));
  const own = entriesOf(override.get(one.name));
  for (const key of ['only', 'except', 'override', 'name']) values.delete(key);
  const all = [...values, ...own].map(([key, value]) => [key, neutral(value)] as const);
  return [{ type, name: undefined, values: new Map(all), at }];
}

const entriesOf = (value: Hcl | undefined): ReadonlyMap<string, Hcl> =>
  value instanceof Dictionary ? value.entries : new Map();
