import { checkKeys } from './keys.js';
import { appliesTo } from './provisioners.js';
import { insteadOfPostProcessor } from './refused.js';
import type { Render } from './render.js';
import type { Block, Findings } from './template.js';
import { booleanOf, mapOf, textOf } from './values.js';

/** A manifest in Packer's format, to be written at the end of the build. */
export interface PackerManifest {
  /** Its path, relative to the workspace. */
  readonly output: string;
  readonly customData: Readonly<Record<string, string>> | null;
  /** Whether it has no build time. */
  readonly stripTime: boolean;
}

const keys = ['output', 'strip_path', 'strip_time', 'custom_data', 'keep_input_artifact', 'only', 'except'];

/** The manifests that the post-processors of a template ask for. Any other post-processor is a problem. */
export function manifestsOf(
  postProcessors: readonly Block[],
  builder: string,
  render: Render,
  findings: Findings,
): PackerManifest[] {
  return postProcessors
    .filter((block) => appliesTo(block, builder, findings))
    .flatMap((block) => {
      const { type, values: raw, at } = block;
      if (type !== 'manifest') {
        findings.problem(at, `has the type ${type}, which is not supported`, insteadOfPostProcessor(type));
        return [];
      }
      checkKeys(raw, keys, at, findings);
      const values = new Map([...raw].map(([key, value]) => [key, render(value, [...at, key], false)]));
      const data = values.get('custom_data');
      return [
        {
          output: textOf(values.get('output') ?? 'packer-manifest.json', [...at, 'output'], findings),
          customData:
            data === undefined ? null : Object.fromEntries(mapOf(data, [...at, 'custom_data'], findings)),
          stripTime: booleanOf(values.get('strip_time') ?? 'false', [...at, 'strip_time'], findings),
        },
      ];
    });
}
