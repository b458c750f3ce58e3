import * as fc from 'fast-check';
import { allOptions } from '../../src/config/options/table.js';

/** The options that are rendered. */
export const templated = Object.keys(allOptions).filter((name) => allOptions[name]?.template !== undefined);
/** A value of each templated option, with a text at some place of it. */
export const valueWith: Readonly<Record<string, (text: string) => unknown>> = {
  omi_name: (text) => `name ${text}`,
  omi_description: (text) => text,
  tags: (text) => ({ a: 'plain', b: text }),
  snapshot_tags: (text) => ({ b: text }),
  root_volume_tags: (text) => ({ b: text, c: '{{.BuildId}}' }),
  mount_path: (text) => `/mnt/${text}`,
  pre_mount_commands: (text) => ['true', `echo ${text}`],
  post_mount_commands: (text) => [`echo ${text}`, 'ls {{.MountPath}}'],
  omi_regions: (text) => [{ region: 'us-west-1', name: `name ${text}` }],
  command_wrapper: (text) => `sudo {{.Command}} ${text}`,
};

const word = fc.stringMatching(/^[a-z]{3,12}$/).map((name) => `zz${name}`);

/** Texts with a name that is not defined, and that name. */
const invalid = word.chain((name) =>
  fc.constantFrom(
    { name: `.${name}`, text: `{{.${name}}}` },
    { name, text: `{{${name}}}` },
    { name: `.${name}`, text: `{{ upper .${name} }}` },
    { name, text: `{{ timestamp | ${name} }}` },
    { name: `.${name}`, text: `{{timestamp}} {{-  .${name}.key -}}` },
  ),
);

/** Options of a build of which one has an invalid template, the name of that option and the unknown name. */
export const invalidOptions = fc
  .tuple(fc.constantFrom(...templated), invalid, fc.subarray(templated))
  .map(([option, { name, text }, others]) => {
    const valid = others
      .filter((one) => one !== option)
      .map((one) => [one, valueWith[one]?.('{{timestamp}}')]);
    const options: Readonly<Record<string, unknown>> = {
      source_omi: 'ami-12345678',
      omi_name: 'an image',
      ...Object.fromEntries(valid),
      [option]: valueWith[option]?.(text),
    };
    return { option, name, options };
  });
