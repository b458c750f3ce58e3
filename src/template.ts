import { BuildError } from './errors.js';

/** What a template may name; dots go into maps. */
export type TemplateData = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/**
 * Fills a template in: `{{.Device}}`, `{{ .SourceOMITags.Name }}`, `{{timestamp}}`. A text without braces is
 * returned as it is, and Handlebars is not even loaded.
 * @throws BuildError that names the option, for a template that is broken or names what is not there.
 */
export async function render(
  option: string,
  template: string,
  data: TemplateData,
  startedAt: Date,
): Promise<string> {
  if (!template.includes('{{')) return template;
  const { default: handlebars } = await import(/* webpackMode: "eager" */ 'handlebars');
  const engine = handlebars.create();
  engine.registerHelper('timestamp', () => String(Math.floor(startedAt.getTime() / 1000)));
  const plain = template.replace(/\{\{\s*\.([A-Za-z])/g, '{{$1');
  try {
    return engine.compile(plain, { noEscape: true, strict: true, knownHelpersOnly: false })(data);
  } catch (error) {
    const names = [...Object.keys(data).map((name) => `.${name}`), 'timestamp'];
    throw new BuildError(`${option}: the template ${template} cannot be filled in`, {
      cause: error,
      hint: `Known here: ${names.join(', ')}.`,
    });
  }
}
