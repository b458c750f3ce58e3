import { stringify } from 'yaml';
import { kebab } from './names.js';
import type { Option } from './option.js';
import { outputs } from './outputs.js';
import { allOptions, type GroupName, offered, table } from './table.js';
import { defaultWords, description } from './words.js';

/** One input. Its default stands in the description: the runner would pass a `default:` as if the user wrote it. */
const input = (one: Option<unknown>): object => ({ description: description(one) });

/** The text of action.yml. */
export function actionYml(): string {
  const action = {
    name: 'build-omi',
    description: 'Build an Outscale Machine Image by the chroot method, on the VM that runs the workflow.',
    branding: { icon: 'hard-drive', color: 'blue' },
    inputs: Object.fromEntries(Object.entries(allOptions).map(([name, one]) => [kebab(name), input(one)])),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, text]) => [name, { description: text }])),
    runs: { using: 'node24', main: 'dist/index.js', post: 'dist/post.js' },
  };
  return `# Made by scripts/docs.mjs from src/config/options; do not edit.\n${stringify(action, { lineWidth: 110 })}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The Markdown table of a group of options, as action inputs. */
export function optionTable(name: GroupName): string {
  const rows = Object.entries(offered(table[name])).map(([option, one]) =>
    [
      `\`${kebab(option)}\``,
      one.type.name + (one.template ? ', template' : ''),
      one.required ? 'required' : defaultWords(one),
      one.text,
    ].map(cell),
  );
  return [['input', 'type', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** A text whose option tables, between `<!-- options:GROUP -->` and `<!-- /options -->`, are made anew. */
export function withTables(text: string): string {
  return text.replaceAll(
    /(<!-- options:(\w+) -->\n).*?(<!-- \/options -->)/gs,
    (_, open: string, name: string, close: string) => `${open}${tableOf(name)}\n${close}`,
  );
}

function tableOf(name: string): string {
  const known = Object.keys(table).find((group): group is GroupName => group === name);
  if (known === undefined) throw new Error(`there is no group of options ${name}`);
  return optionTable(known);
}
