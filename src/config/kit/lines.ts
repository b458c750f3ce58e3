import { refuse } from './issues.js';
import { parseYaml } from './yaml.js';

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');

/**
 * A list as an input writes it: YAML or JSON if it begins with `[` or `- `, else one item a line,
 * as written, blank lines skipped.
 */
export async function listFromText(text: string): Promise<unknown> {
  return /^\s*(\[|- )/.test(text) ? await parseYaml(text) : linesOf(text);
}

/** An `=` in the first line before anything that could make it YAML or JSON. */
const beginsWithPair = /^(?:(?!:\s)[^={}"'#\n])+=/;

/** A map as an input writes it: `key=value` a line if its first line reads so, else YAML or JSON. */
export async function mapFromText(text: string): Promise<unknown> {
  return beginsWithPair.test(text.trimStart()) ? pairs(linesOf(text)) : await parseYaml(text);
}

/** The key loses the blanks around it, the value stays as it was written. */
function pairs(lines: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const split = line.indexOf('=');
    if (split < 1) refuse(`line ${index + 1} is no key=value`, 'write key=value a line, or YAML');
    const key = line.slice(0, split).trim();
    if (map.has(key)) refuse(`${key} stands there twice`, 'write each key once');
    map.set(key, line.slice(split + 1));
  }
  return map;
}
