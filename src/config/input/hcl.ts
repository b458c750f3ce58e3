import { readHcl, type TextFile } from '../../packer/hcl/read.js';
import { Findings } from '../../packer/template.js';
import { translate } from '../../packer/translate.js';
import type { ReadContext } from '../kit/context.js';
import { builderTypes } from '../kit/legacy-names.js';
import { templateFiles } from './hcl-files.js';
import { type GivenToTemplate, isRendered, optionsOf, type TemplateFile } from './packer.js';

/** The files of a template in HCL2. */
export interface HclSource {
  readonly files: readonly TextFile[];
  /** Files of values beside it, in order. */
  readonly automatic: readonly TextFile[];
  /** As the user wrote it. */
  readonly directory: string;
}

/**
 * Reads a template in HCL2 as options.
 * @throws InvalidValueError with every problem of the template
 */
export async function readHclTemplate(
  { files, automatic, directory }: HclSource,
  given: GivenToTemplate,
  context: ReadContext,
): Promise<TemplateFile> {
  const findings = new Findings();
  const startedAt = given.startedAt ?? new Date();
  const workspace = context.workspace ?? '.';
  const { environment } = context;
  const setting = { startedAt, environment, workspace };
  const { template, position, secrets, data } = await readHcl(
    files,
    directory,
    {
      ...setting,
      files: templateFiles(directory, context),
      given: { environment, automatic, files: given.files, inputs: given.variables },
      builder: given.builder,
      types: builderTypes,
      readsData: context.callsApi === true,
      images: context.images ?? new Map(),
    },
    findings,
  );
  for (const secret of secrets.values()) context.mask?.(secret);
  const hasBuilder = template.builders.length > 0;
  const translated = hasBuilder
    ? translate(
        template,
        {
          ...setting,
          ...(given.wrap === undefined ? {} : { wrap: given.wrap }),
          isRendered,
          variables: new Map(),
          builder: undefined,
          types: builderTypes,
        },
        findings,
      )
    : undefined;
  const file = files.length === 1 ? (files[0]?.path ?? directory) : directory;
  return { ...optionsOf(translated, findings, { file, location: position, data }, context), secrets };
}
