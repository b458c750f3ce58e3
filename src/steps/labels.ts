import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { Tools } from '../runtime/tools.js';
import { render } from '../template/render.js';
import type { TemplateData } from '../template/types.js';
import type { BuildContext } from './check.js';
import type { Source } from './source.js';

type Tags = Readonly<Record<string, string>>;

/** The options of the OMI that are templates with build data. */
type Texts = Pick<BuildConfig['image'], 'omi_name' | 'omi_description' | 'tags' | 'snapshot_tags'>;

/** Those of them that were given, filled in once. */
export interface FilledTexts {
  readonly name?: string;
  readonly description?: string;
  readonly tags?: Tags;
  readonly snapshotTags?: Tags;
}

/** What OMI and snapshot are called. */
export interface Labels {
  readonly name: string;
  readonly description: string | undefined;
  readonly tags: Tags;
  /** Those of the OMI too; its own win. */
  readonly snapshotTags: Tags;
}

/** What templates may name, and when the build began. */
type Facts = Pick<BuildContext, 'source' | 'vm'>;

/**
 * Fills in name, description and tags, as far as they are given, and judges the results as the API would.
 * @throws BuildError that names the option.
 */
export async function fillTexts(
  { omi_name, omi_description, tags, snapshot_tags }: Partial<Texts>,
  facts: Facts,
  tools: Tools,
): Promise<FilledTexts> {
  const fill = filler(facts, tools);
  return {
    ...(omi_name === undefined ? {} : { name: judged(await fill('omi_name', omi_name)) }),
    ...(omi_description === undefined ? {} : { description: await fill('omi_description', omi_description) }),
    ...(tags === undefined ? {} : { tags: await fillTags('tags', tags, fill) }),
    ...(snapshot_tags === undefined
      ? {}
      : { snapshotTags: await fillTags('snapshot_tags', snapshot_tags, fill) }),
  };
}

/** @throws BuildError where nothing gave a name. */
export function labelsOf({ name, description, tags = {}, snapshotTags = {} }: FilledTexts): Labels {
  if (name === undefined)
    throw new BuildError('omi_name: is missing', { hint: 'Give it to commit, or to mount.' });
  return { name, description, tags, snapshotTags: { ...tags, ...snapshotTags } };
}

/** The tags of the root volume, filled in and judged. @throws as fillTexts */
export async function fillVolumeTags(
  { root_volume_tags: tags }: BuildConfig['volume'],
  facts: Facts,
  tools: Tools,
): Promise<Tags> {
  return await fillTags('root_volume_tags', tags, filler(facts, tools));
}

type Fill = (option: string, text: string) => Promise<string>;

function filler({ source, vm }: Facts, tools: Tools): Fill {
  const { id, startedAt } = tools.build;
  const data = dataOf(source, vm.region, id);
  return async (option, text) =>
    await render(option, text, data, { startedAt, notice: (line) => tools.report.notice(line) });
}

function judged(name: string): string {
  if (/^[\w ()/.-]{3,128}$/.test(name)) return name;
  throw new BuildError(`omi_name: ${JSON.stringify(name)} is no name for an OMI`, {
    hint: 'It has 3 to 128 letters, digits, blanks and _ ( ) / . -',
  });
}

async function fillTags(option: string, tags: Tags, fill: Fill): Promise<Tags> {
  const filled: Record<string, string> = {};
  for (const [key, text] of Object.entries(tags)) {
    const value = await fill(option, text);
    if (value.length > 255) {
      throw new BuildError(`${option}: the value of ${key} has ${value.length} characters`, {
        hint: 'The value of a tag has at most 255.',
      });
    }
    filled[key] = value;
  }
  return filled;
}

/** What templates may name; from scratch there is no source to name. */
function dataOf(source: Source | undefined, region: string, buildId: string): TemplateData {
  const build = { BuildRegion: region, BuildId: buildId };
  if (source === undefined) return build;
  return {
    ...build,
    SourceOMI: source.origin.id,
    SourceOMIName: source.origin.name ?? '',
    SourceOMITags: Object.fromEntries((source.image.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
  };
}
