import type { Issue } from '../kit/issues.js';
import { kebab } from '../kit/option.js';

/** Options that concern only a Packer template. */
export const onlyWithTemplate: readonly string[] = ['variables', 'variable_files', 'builder'];
/** Inputs whose place is in a template. */
const neverWithTemplate = ['run', 'scripts', 'files', 'provisioners'];

/**
 * Checks the inputs beside `config`: some require a Packer template, and provisioning is either in the
 * template or in inputs.
 */
export function checkBesideTemplate(hasTemplate: boolean, isInput: (name: string) => boolean): Issue[] {
  const [names, problem, fix] = hasTemplate
    ? [
        neverWithTemplate,
        'cannot be combined with a Packer template',
        'move it to the provisioners of the template',
      ]
    : [onlyWithTemplate, 'requires a Packer template', 'set config to a Packer template, or remove it'];
  return names.filter(isInput).map((name) => ({ option: kebab(name), problem, fix }));
}
