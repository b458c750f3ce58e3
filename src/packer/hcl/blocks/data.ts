import { evaluate } from '../evaluate/evaluate.js';
import type { Scope } from '../evaluate/scope.js';
import type { HclBlock } from '../parser/syntax.js';
import { fail, type Position } from '../problem.js';
import { toBoolean, toEntries, toItems, toText } from '../values/convert.js';
import { Dictionary, type Hcl, hasUnknown, List, Unknown } from '../values/value.js';
import { checkAttributes } from './check.js';
import type { Mistakes } from './mistakes.js';
import { nameOfBlock, type Root } from './root.js';

/** An OMI that a template looks for. */
export interface DataSource {
  /** `outscale-omi.base`. */
  readonly name: string;
  readonly filters: ReadonlyMap<string, readonly string[]>;
  readonly owners: readonly string[];
  readonly mostRecent: boolean;
}

/** What a template can use of an OMI. */
export interface FoundImage {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly owner_name: string;
  readonly creation_date: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** A declared data source. */
export interface DeclaredData {
  readonly name: string;
  readonly block: HclBlock;
  readonly at: Position;
}

const types = ['outscale-omi', 'osc-omi', 'amazon-ami'];

/** What the API is asked with, which the options of the build say. */
const access = ['region', 'access_key', 'secret_key', 'custom_endpoint_oapi', 'profile'];

const known = { attributes: ['filters', 'owners', 'most_recent', ...access], blocks: ['filter'] };

/**
 * The data sources that a template declares, by type and name. Other types than that of an OMI are reported.
 */
export function declaredData({ data }: Root, mistakes: Mistakes): ReadonlyMap<string, DeclaredData> {
  return new Map(
    data.flatMap((block): [string, DeclaredData][] => {
      const [type = '', name = ''] = block.labels;
      const path = [nameOfBlock(block)];
      if (!types.includes(type)) {
        mistakes.report(
          path,
          block.at,
          `has the type ${type}, which is not supported`,
          'use outscale-omi, or read the value in an earlier step and pass it in the input variables',
        );
        return [];
      }
      checkAttributes(block, path, known, mistakes);
      for (const { name: attribute } of block.body.attributes.values())
        if (access.includes(attribute))
          mistakes.findings.notice([...path, attribute], 'is ignored: the options of the build say it');
      return [[`${type}.${name}`, { name: `${type}.${name}`, block, at: block.at }]];
    }),
  );
}

/** What a data source asks for; undefined if it depends on another one that has not been read. */
export function requestOf({ name, block }: DeclaredData, scope: Scope): DataSource | undefined {
  const { attributes, blocks } = block.body;
  const read = (attribute: string, missing: Hcl): Hcl => {
    const found = attributes.get(attribute);
    return (found && evaluate(found.value, scope)) ?? missing;
  };
  const filters = read('filters', new Dictionary([]));
  const owners = read('owners', new List([]));
  const recent = read('most_recent', false);
  const others = blocks.map(({ body }) => {
    const of = (attribute: string): Hcl => {
      const found = body.attributes.get(attribute);
      return found
        ? evaluate(found.value, scope)
        : fail(`has a filter without ${attribute}`, 'add it', block.at);
    };
    return [of('name'), body.attributes.has('values') ? of('values') : of('value')] as const;
  });
  if ([filters, owners, recent, ...others.flat()].some(hasUnknown)) return undefined;
  const texts = (value: Hcl): string[] => (value instanceof List ? value.items.map(toText) : [toText(value)]);
  return {
    name,
    filters: new Map([
      ...[...toEntries(filters)].map(([key, value]) => [key, texts(value)] as const),
      ...others.map(([key, value]) => [toText(key), texts(value)] as const),
    ]),
    owners: toItems(owners).map(toText),
    mostRecent: toBoolean(recent),
  };
}

/** The value of a data source, before and after it was read. */
export function valueOfData(image: FoundImage | undefined): Hcl {
  if (image === undefined)
    return new Dictionary([
      ['id', new Unknown('text', 'ami-00000000')],
      ...['name', 'owner_name', 'creation_date'].map((name): [string, Hcl] => [name, new Unknown('text')]),
      ['owner', new Unknown('text', '000000000000')],
      ['tags', new Unknown('any')],
    ]);
  const { tags, ...texts } = image;
  return new Dictionary([...Object.entries(texts), ['tags', new Dictionary(tags)]]);
}
