import { refuse } from './issues.js';
import { parseYaml } from './yaml.js';

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');

/**
 * Parses the text of a list: YAML or JSON if it begins with `[` or `- `, else one item per line, verbatim.
 * Blank lines are skipped.
 */
export async function listFromText(text: string): Promise<unknown> {
  return /^\s*(\[|- )/.test(text) ? await parseYaml(text) : linesOf(text);
}

/** The first line has an `=` before any character that would make it YAML or JSON. */
const beginsWithPair = /^(?:(?!:\s)[^={}"'#\n])+=/;

/** Parses the text of a map: one `key=value` per line if the first line has that form, else YAML or JSON. */
export async function mapFromText(text: string): Promise<unknown> {
  return beginsWithPair.test(text.trimStart()) ? pairs(linesOf(text)) : await parseYaml(text);
}

/** Trims the key and keeps the value verbatim. */
function pairs(lines: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const split = line.indexOf('=');
    if (split < 1) refuse(`line ${index + 1} is not key=value`, 'write one key=value per line, or YAML');
    const key = line.slice(0, split).trim();
    if (map.has(key)) refuse(`has the key ${key} twice`, 'write each key once');
    map.set(key, line.slice(split + 1));
  }
  return map;
}
