import type { TemplateContext, TemplateData } from './types.js';

/**
 * Renders a template: `{{.Device}}`, `{{ .SourceOMITags.Name | lower }}`, `{{isotime "2006-01-02"}}`. A text
 * without braces is returned unchanged, without loading the template engine. A missing map key renders as
 * empty text, with a notice.
 * @param context or only the start time of the build
 * @throws BuildError with the name of the option, for a syntax error or an undefined name
 */
export async function render(
  option: string,
  template: string,
  data: TemplateData,
  context: TemplateContext | Date,
): Promise<string> {
  if (!template.includes('{{')) return template;
  const { fill } = await import(/* webpackChunkName: "templates" */ './fill.js');
  return fill(option, template, data, context instanceof Date ? { startedAt: context } : context);
}
