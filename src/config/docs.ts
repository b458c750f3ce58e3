import { stringify } from 'yaml';
import { defaultSentence, defaultWords } from './flags.js';
import { kebab } from './names.js';
import type { Group, Option } from './option.js';
import { outputs } from './outputs.js';
import { type GroupName, table } from './table.js';

/** What a user reads about one input. Defaults stand in the text: the runner would pass them as if written. */
function input(one: Option<unknown>): object {
  const description = [one.text, defaultSentence(one)].filter(Boolean).join(' ');
  return one.required === undefined ? { description } : { description, required: true };
}

/** The text of action.yml. */
export function actionYml(options: Readonly<Record<string, Group>> = table): string {
  const all = Object.values(options).flatMap((group) => Object.entries(group));
  const action = {
    name: 'build-omi',
    description: 'Build an Outscale Machine Image by the chroot method, on the VM that runs the workflow.',
    branding: { icon: 'hard-drive', color: 'blue' },
    inputs: Object.fromEntries(all.map(([name, one]) => [kebab(name), input(one)])),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, description]) => [name, { description }]),
    ),
    runs: { using: 'node24', main: 'dist/index.js', post: 'dist/post.js' },
  };
  return `# Made by scripts/docs.mjs from src/config/options; do not edit.\n${stringify(action, { lineWidth: 110 })}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The Markdown table of a group of options, as action inputs. */
export function optionTable(name: GroupName): string {
  const group: Group = table[name];
  const rows = Object.entries(group).map(([option, one]) =>
    [`\`${kebab(option)}\``, one.type.name, one.required ? 'required' : defaultWords(one), one.text].map(
      cell,
    ),
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
