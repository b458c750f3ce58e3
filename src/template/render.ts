import type { TemplateContext, TemplateData } from './types.js';

/** A name of data alone in its braces. */
const simpleName = /\{\{ *\.(\w+) *\}\}/g;

/**
 * Renders a template: `{{.Device}}`, `{{ .SourceOMITags.Name | lower }}`, `{{isotime "2006-01-02"}}`. A text
 * without braces, or with no more than names as in the first example, does not need the template engine,
 * which would be loaded and compiled for it. A missing map key renders as empty text, with a notice.
 * @param context or only the start time of the build
 * @throws BuildError with the name of the option, for a syntax error or an undefined name
 */
export async function render(
  option: string,
  template: string,
  data: TemplateData,
  context: TemplateContext | Date,
): Promise<string> {
  const filled = template.replace(simpleName, (braces, name: string) => {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    return typeof value === 'string' ? value : braces;
  });
  if (!filled.includes('{{')) return filled;
  const { fill } = await import(/* webpackChunkName: "templates" */ './fill.js');
  return fill(option, template, data, context instanceof Date ? { startedAt: context } : context);
}
