import type { Path } from '../../template.js';
import { evaluate } from '../evaluate/evaluate.js';
import { pairsOf } from '../evaluate/loops.js';
import type { Scope } from '../evaluate/scope.js';
import { withLocals } from '../evaluate/scope.js';
import type { Body, HclBlock } from '../parser/syntax.js';
import { toText } from '../values/convert.js';
import { Dictionary, type Hcl, List, Unknown } from '../values/value.js';
import type { Mistakes } from './mistakes.js';

/** Blocks that are one map; other blocks are a list, also a single one. */
const maps = ['source_omi_filter', 'source_ami_filter'];

/** The arguments of a body by name, each evaluated. Arguments that are null are not set. */
export function valuesOf(body: Body, scope: Scope, path: Path, mistakes: Mistakes): Map<string, Hcl> {
  const values = new Map<string, Hcl>();
  for (const { name, value, at } of body.attributes.values()) {
    mistakes.remember([...path, name], at);
    const found = mistakes.attempt([...path, name], value.at, () => evaluate(value, scope));
    if (found !== undefined && found !== null) values.set(name, found);
  }
  const groups = new Map<string, Hcl[]>();
  for (const block of body.blocks)
    for (const [type, value] of blockValues(block, scope, path, mistakes)) {
      groups.set(type, [...(groups.get(type) ?? []), value]);
      if (!values.has(type)) mistakes.remember([...path, type], block.at);
    }
  for (const [type, items] of groups) {
    if (values.has(type) || (maps.includes(type) && items.length > 1))
      mistakes.findings.problem([...path, type], 'is set twice', 'set it once');
    values.set(type, maps.includes(type) ? withFilters(items[0] ?? null) : new List(items));
  }
  return values;
}

/** Blocks `filter { name = …, value = … }` are entries of `filters`. */
function withFilters(filter: Hcl): Hcl {
  if (!(filter instanceof Dictionary) || !filter.entries.has('filter')) return filter;
  const { filter: blocks, filters, ...rest } = Object.fromEntries(filter.entries);
  const more = blocks instanceof List ? blocks.items : [];
  const entries = more.flatMap((one): [string, Hcl][] =>
    one instanceof Dictionary
      ? [
          [
            toText(one.entries.get('name') ?? ''),
            one.entries.get('values') ?? one.entries.get('value') ?? null,
          ],
        ]
      : [],
  );
  const own = filters instanceof Dictionary ? [...filters.entries] : [];
  return new Dictionary([...Object.entries(rest), ['filters', new Dictionary([...own, ...entries])]]);
}

function blockValues(block: HclBlock, scope: Scope, path: Path, mistakes: Mistakes): [string, Hcl][] {
  if (block.type === 'dynamic') return dynamicValues(block, scope, path, mistakes);
  return [[block.type, new Dictionary(valuesOf(block.body, scope, [...path, block.type], mistakes))]];
}

/** `dynamic "TYPE"`: a block for each item of `for_each`. */
function dynamicValues(block: HclBlock, scope: Scope, path: Path, mistakes: Mistakes): [string, Hcl][] {
  const [type = ''] = block.labels;
  const own = [...path, `dynamic ${JSON.stringify(type)}`];
  const { attributes, blocks } = block.body;
  const over = attributes.get('for_each');
  const [content, ...others] = blocks.filter((one) => one.type === 'content');
  if (over === undefined || content === undefined || others.length > 0) {
    mistakes.report(own, block.at, 'is not complete', 'write for_each, and one content block');
    return [];
  }
  const iterator = attributes.get('iterator')?.value;
  const name = iterator?.kind === 'variable' ? iterator.name : type;
  return (
    mistakes.attempt(own, block.at, () => {
      const list = evaluate(over.value, scope);
      if (list instanceof Unknown) {
        if (!scope.setting.readsData)
          mistakes.findings.notice(own, 'is not checked: it repeats over a value of a data source');
        return [];
      }
      return pairsOf(list).map(([key, value]): [string, Hcl] => {
        const inner = withLocals(scope, [
          [
            name,
            new Dictionary([
              ['key', key],
              ['value', value],
            ]),
          ],
        ]);
        return [type, new Dictionary(valuesOf(content.body, inner, own, mistakes))];
      });
    }) ?? []
  );
}
