import { type TextAt, textsIn } from '../input/refuse-templates.js';
import type { Environment } from '../kit/context.js';
import { type Issue, issueOf } from '../kit/issues.js';
import type { Option } from '../kit/option.js';
import { nearest } from '../kit/suggest.js';
import { allOptions, type PartialConfig } from '../options/table.js';
import { sourceData } from '../options/template-data.js';
import type { RuleContext } from './context.js';

/**
 * Checks syntax and names of all templates that the user set. The template engine is loaded only if there is
 * one.
 */
export async function checkTemplates(
  config: PartialConfig,
  { given, called }: RuleContext,
  environment: Environment,
): Promise<Issue[]> {
  const templates = Object.values(config).flatMap((group) =>
    Object.entries(group).flatMap(([name, value]) =>
      templatesIn(allOptions[name], given(name) ? value : undefined)
        .filter(({ text }) => text.includes('{{'))
        .map((one) => ({ name, ...one })),
    ),
  );
  if (templates.length === 0) return [];
  const { checkTemplate } = await import(/* webpackChunkName: "templates" */ '../../template/check.js');
  const isFromScratch = config.source?.from_scratch === true;
  const context = { startedAt: new Date(), environment };
  return templates.flatMap(({ name, at, text }) => {
    const names = allOptions[name]?.template ?? [];
    const data = isFromScratch ? names.filter((one) => !sourceData.includes(one)) : names;
    const found = checkTemplate(text, data, context);
    if (found === undefined) return [];
    const { problem, alternative, unknown } = found;
    const isOfSource =
      unknown !== undefined && sourceData.includes(unknown.name.slice(1).split('.')[0] ?? '');
    const meant = unknown && !isOfSource ? nearest(unknown.name, unknown.available) : undefined;
    const fix =
      meant !== undefined
        ? `did you mean ${meant}?`
        : isOfSource && isFromScratch
          ? `remove it: a build from scratch has no source; ${alternative}`
          : alternative;
    return [issueOf(called(name, at), { at, value: text, problem, fix })];
  });
}

/** The texts of a value that may be templates. */
const templatesIn = (one: Option<unknown> | undefined, value: unknown): TextAt[] =>
  one?.template === undefined ? [] : textsIn(value, Array.isArray(one.literal) ? one.literal : []);
