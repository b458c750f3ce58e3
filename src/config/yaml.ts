import { refuse } from './mistake.js';

/**
 * Reads YAML or JSON into text, arrays and Maps. Every scalar stays the text that was written: `0755`, `yes` and
 * `~` are no numbers, booleans or nulls (the failsafe schema of YAML 1.2, chapter 10.1). The parser is loaded
 * when the first such text comes.
 * @throws Refused with line and column inside the text
 */
export async function parseYaml(text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import(/* webpackMode: "eager" */ 'yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines });
  const [fault] = document.errors;
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    refuse(
      `is not YAML at line ${line}, column ${col} (${fault.message})`,
      'mend it there, or quote the text',
    );
  }
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(`has an alias that cannot be followed (${why})`, 'write the value out');
  }
}
