/** What a template may name; dots go into maps. */
export type TemplateData = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** What else a template asks for. */
export interface TemplateContext {
  /** The time that `timestamp` and `isotime` tell. */
  readonly startedAt: Date;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Gets a line for a key that a map does not have. */
  readonly notice?: (line: string) => void;
}

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

/** Fills in every value of a map. @throws BuildError as `render` */
export async function renderValues(
  option: string,
  values: Readonly<Record<string, string>>,
  data: TemplateData,
  context: TemplateContext,
): Promise<Record<string, string>> {
  const filled = Object.entries(values).map(
    async ([key, value]) => [key, await render(option, value, data, context)] as const,
  );
  return Object.fromEntries(await Promise.all(filled));
}
