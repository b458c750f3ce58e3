import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { render, type TemplateData } from '../template.js';
import type { Tools } from '../tools.js';
import type { Source } from './source.js';

type Tags = Readonly<Record<string, string>>;

/** The templates with build data, filled in once. */
export interface Labels {
  readonly name: string;
  readonly description: string | undefined;
  readonly tags: Tags;
  readonly snapshotTags: Tags;
  readonly volumeTags: Tags;
}

/**
 * Fills in name, description and tags, and judges the results as the API would.
 * @throws BuildError that names the option.
 */
export async function fillLabels(
  { image, volume }: Pick<BuildConfig, 'image' | 'volume'>,
  source: Source | undefined,
  region: string,
  tools: Tools,
): Promise<Labels> {
  const { id, startedAt } = tools.build;
  const data = dataOf(source, region, id);
  const fill = async (option: string, text: string): Promise<string> =>
    await render(option, text, data, { startedAt, notice: (line) => tools.report.notice(line) });
  const fillTags = async (option: string, tags: Tags): Promise<Tags> => {
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
  };
  const name = await fill('omi_name', image.omi_name);
  if (!/^[\w ()/.-]{3,128}$/.test(name)) {
    throw new BuildError(`omi_name: ${JSON.stringify(name)} is no name for an OMI`, {
      hint: 'It has 3 to 128 letters, digits, blanks and _ ( ) / . -',
    });
  }
  const tags = await fillTags('tags', image.tags);
  return {
    name,
    description:
      image.omi_description === undefined ? undefined : await fill('omi_description', image.omi_description),
    tags,
    snapshotTags: { ...tags, ...(await fillTags('snapshot_tags', image.snapshot_tags)) },
    volumeTags: await fillTags('root_volume_tags', volume.root_volume_tags),
  };
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
