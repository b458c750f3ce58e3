import { evaluate } from '../evaluate/evaluate.js';
import type { Scope } from '../evaluate/scope.js';
import type { HclBlock } from '../parser/syntax.js';
import type { Position } from '../problem.js';
import { toItems, toText } from '../values/convert.js';
import { checkAttributes } from './check.js';
import type { Mistakes } from './mistakes.js';
import { nameOfBlock, type Root } from './root.js';

/** A source that a build runs. */
export interface BuildSource {
  readonly build: HclBlock;
  /** The name of the build; empty if it has none. */
  readonly buildName: string;
  readonly type: string;
  /** The name of the source block. */
  readonly sourceName: string;
  /** Its name in the build. */
  readonly name: string;
  readonly source: HclBlock;
  /** The block in the build that completes the source. */
  readonly completion: HclBlock | undefined;
}

const known = {
  attributes: ['name', 'description', 'sources'],
  blocks: [
    'source',
    'provisioner',
    'error-cleanup-provisioner',
    'post-processor',
    'post-processors',
    'hcp_packer_registry',
  ],
};

/** Every source of every build, in order. Reports builds without sources, and sources that do not exist. */
export function buildSources(root: Root, scope: Scope, mistakes: Mistakes): BuildSource[] {
  return root.builds.flatMap((build) => {
    mistakes.remember(['build'], build.at);
    checkAttributes(build, ['build'], known, mistakes);
    const { attributes, blocks } = build.body;
    const name = attributes.get('name');
    const sources = attributes.get('sources');
    const buildName =
      name && mistakes.attempt(['build', 'name'], name.at, () => toText(evaluate(name.value, scope)));
    const listed = sources
      ? (mistakes.attempt(['build', 'sources'], sources.at, () =>
          toItems(evaluate(sources.value, scope)).map((one) => ({ reference: toText(one), at: sources.at })),
        ) ?? [])
      : [];
    const completed = blocks
      .filter(({ type }) => type === 'source')
      .map((block) => ({ reference: block.labels[0] ?? '', at: block.at, completion: block }));
    if (sources === undefined && completed.length === 0)
      mistakes.report(
        ['build'],
        build.at,
        'has no sources',
        'write sources = ["source.outscale-chroot.NAME"]',
      );
    return [...listed, ...completed].flatMap((one) =>
      resolve(one, { build, buildName: buildName ?? '' }, root, scope, mistakes),
    );
  });
}

interface Reference {
  readonly reference: string;
  readonly at: Position;
  readonly completion?: HclBlock;
}

function resolve(
  { reference, at, completion }: Reference,
  of: Pick<BuildSource, 'build' | 'buildName'>,
  root: Root,
  scope: Scope,
  mistakes: Mistakes,
): BuildSource[] {
  const [type = '', sourceName = '', ...more] = reference.replace(/^source\./, '').split('.');
  const source = root.sources.find(({ labels }) => labels[0] === type && labels[1] === sourceName);
  if (source === undefined || more.length > 0) {
    const all = root.sources.map(({ labels }) => `source.${labels.join('.')}`).join(', ') || 'none';
    mistakes.report(
      ['build', 'sources'],
      at,
      `has the source ${reference}, which is not declared`,
      `the sources are: ${all}`,
    );
    return [];
  }
  const name = completion?.body.attributes.get('name');
  const own =
    name &&
    mistakes.attempt([nameOfBlock(source), 'name'], name.at, () => toText(evaluate(name.value, scope)));
  return [{ ...of, type, sourceName, name: own ?? sourceName, source, completion }];
}
