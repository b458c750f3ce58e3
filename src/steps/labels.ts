import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { VmFacts } from '../host/vm.js';
import type { Tools } from '../runtime/tools.js';
import { render } from '../template/render.js';
import type { TemplateData } from '../template/types.js';
import type { Source } from './source.js';

/** Tags of a resource, by key. */
export type Tags = Readonly<Record<string, string>>;

/** The options of the OMI that are templates rendered with build data. */
type Texts = Pick<BuildConfig['image'], 'omi_name' | 'omi_description' | 'tags' | 'snapshot_tags'>;

/** The rendered texts of the options that are set. */
export interface FilledTexts {
  readonly name?: string;
  readonly description?: string;
  readonly tags?: Tags;
  readonly snapshotTags?: Tags;
}

/** Name, description and tags of the OMI and its snapshot, with templates rendered. */
export interface Labels extends FilledTexts {
  readonly name: string;
  readonly tags: Tags;
  /** Includes the tags of the OMI; `snapshot_tags` take precedence. */
  readonly snapshotTags: Tags;
}

/** The data that templates can use. */
interface Facts {
  readonly source: Source | undefined;
  readonly vm: VmFacts;
}

/**
 * Renders name, description and tags, as far as they are set, and applies the API's rules to the results.
 * @throws BuildError that names the option.
 */
export async function fillTexts(
  { omi_name, omi_description, tags, snapshot_tags }: Partial<Texts>,
  facts: Facts,
  tools: Tools,
): Promise<FilledTexts> {
  const fill = filler(facts, tools);
  return {
    ...(omi_name === undefined ? {} : { name: checked(await fill('omi_name', omi_name)) }),
    ...(omi_description === undefined ? {} : { description: await fill('omi_description', omi_description) }),
    ...(tags === undefined ? {} : { tags: await fillTags('tags', tags, fill) }),
    ...(snapshot_tags === undefined
      ? {}
      : { snapshotTags: await fillTags('snapshot_tags', snapshot_tags, fill) }),
  };
}

/** The labels of the OMI and its snapshot. @throws BuildError if the name is missing. */
export function labelsOf({ name, tags = {}, snapshotTags = {}, ...others }: FilledTexts): Labels {
  if (name === undefined)
    throw new BuildError('omi_name: is missing', { hint: 'Give it to commit, or to mount.' });
  return { ...others, name, tags, snapshotTags: { ...tags, ...snapshotTags } };
}

/** The rendered tags of the root volume. @throws as fillTexts */
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
  const data = templateData({ source, vm }, id);
  return async (option, text) => {
    if (source?.file !== undefined && /\{\{[^}]*\bSource[AO]MI/.test(text))
      tools.report.notice(`${option}: SourceOMI… is empty, because the source is an image`);
    return await render(option, text, data, { startedAt, notice: (line) => tools.report.notice(line) });
  };
}

function checked(name: string): string {
  if (/^[\w ()/.-]{3,128}$/.test(name)) return name;
  throw new BuildError(`omi_name: ${JSON.stringify(name)} is not a valid OMI name`, {
    hint: 'Use 3 to 128 letters, digits, blanks and _ ( ) / . -',
  });
}

async function fillTags(option: string, tags: Tags, fill: Fill): Promise<Tags> {
  const filled: Record<string, string> = {};
  for (const [key, text] of Object.entries(tags)) {
    const value = await fill(option, text);
    if (value.length > 255) {
      throw new BuildError(`${option}: the value of ${key} has ${value.length} characters`, {
        hint: 'Use at most 255 characters.',
      });
    }
    filled[key] = value;
  }
  return filled;
}

/** The variables of templates. Without a source those of the source are undefined. */
export function templateData({ source, vm }: Facts, buildId: string): TemplateData {
  const build = { BuildRegion: vm.region, BuildId: buildId };
  if (source === undefined) return build;
  const [id, name] = source.file === undefined ? [source.origin.id, source.origin.name ?? ''] : ['', ''];
  const tags = Object.fromEntries((source.image.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  return {
    ...build,
    SourceOMI: id,
    SourceOMIName: name,
    SourceOMITags: tags,
    // The names of amazon-chroot.
    SourceAMI: id,
    SourceAMIName: name,
    SourceAMITags: tags,
  };
}
