import type { TemplateContext, TemplateData } from './types.js';

/**
 * Fills a template in: `{{.Device}}`, `{{ .SourceOMITags.Name | lower }}`, `{{isotime "2006-01-02"}}`. A text without
 * braces is returned as it is, and nothing is loaded for it. A map's key that is missing is empty, with a notice.
 * @param context or only the start of the build
 * @throws BuildError that names the option, for a template that is broken or names what is not there.
 */
export async function render(
  option: string,
  template: string,
  data: TemplateData,
  context: TemplateContext | Date,
): Promise<string> {
  if (!template.includes('{{')) return template;
  const { fill } = await import(/* webpackMode: "eager" */ './fill.js');
  return fill(option, template, data, context instanceof Date ? { startedAt: context } : context);
}
