import { checkKeys } from './keys.js';
import type { Provisioner } from './provisioner.js';
import { TemplateStep } from './step.js';
import { textOf, textsOf } from './values.js';

const keys = ['source', 'sources', 'content', 'destination', 'direction', 'generated'];

/** The steps of a `file` provisioner: one for each source, or one for its content. */
export function fileSteps({ values, at, findings }: Provisioner): TemplateStep[] {
  checkKeys(values, keys, at, findings);
  if ((values.get('direction') ?? 'upload') !== 'upload')
    findings.problem(
      [...at, 'direction'],
      'is not upload',
      'read the file from the mount path, in a step between the actions mount and commit',
    );
  const chosen = ['source', 'sources', 'content'].filter((key) => values.has(key));
  if (chosen.length !== 1) {
    findings.problem(
      at,
      `has ${chosen.length === 0 ? 'none' : 'several'} of source, sources, content`,
      'write one of them',
    );
    return [];
  }
  const destination = textOf(values.get('destination') ?? null, [...at, 'destination'], findings);
  // The working directory of the image is its root.
  const target = destination.startsWith('/') ? destination : `/${destination}`;
  const step = (key: string, value: string): TemplateStep =>
    new TemplateStep([
      [
        'file',
        new Map([
          [key, value],
          ['destination', target],
        ]),
      ],
    ]);
  const content = values.get('content');
  if (content !== undefined) return [step('content', textOf(content, [...at, 'content'], findings))];
  const key = values.has('source') ? 'source' : 'sources';
  return textsOf(values.get(key) ?? [], [...at, key], findings).map((source) => step('source', source));
}
