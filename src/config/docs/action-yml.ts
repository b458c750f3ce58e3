import { stringify } from 'yaml';
import { describeDefault, description } from '../kit/describe.js';
import { kebab, type Option } from '../kit/option.js';
import { mountOutputs, outputs } from '../kit/outputs.js';
import { commandsOf, type GroupName, offered, table } from '../options/table.js';
import { documentedOptions } from './flags.js';

/** One input. Its default stands in the description: the runner would pass a `default:` as if the user wrote it. */
const input = (one: Option<unknown>): object => ({ description: description(one) });

/** What each action is, by the way in that it is. */
const actions = {
  build: {
    name: 'build-omi',
    description: 'Build an Outscale Machine Image by the chroot method, on the VM that runs the workflow.',
    outputs,
    runs: { main: 'dist/index.js', post: 'dist/post.js' },
  },
  mount: {
    name: 'build-omi: mount',
    description:
      'Mount a new root volume as a chroot that the next steps of the job work in; commit makes the OMI.',
    outputs: mountOutputs,
    runs: { main: '../dist/mount.js', post: '../dist/post.js' },
  },
  commit: {
    name: 'build-omi: commit',
    description: 'Close the chroot that mount opened, and make the OMI.',
    outputs,
    runs: { main: '../dist/commit.js' },
  },
} as const;

/** The text of the action.yml of a way in. */
export function actionYml(command: keyof typeof actions): string {
  const { name, description: purpose, outputs: given, runs } = actions[command];
  const action = {
    name,
    description: purpose,
    branding: { icon: 'hard-drive', color: 'blue' },
    inputs: Object.fromEntries(
      Object.entries(documentedOptions(command)).map(([option, one]) => [kebab(option), input(one)]),
    ),
    outputs: Object.fromEntries(
      Object.entries(given).map(([output, text]) => [output, { description: text }]),
    ),
    runs: { using: 'node24', ...runs },
  };
  return `# Made by scripts/docs.mjs from src/config/options; do not edit.\n${stringify(action, { lineWidth: 110 })}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The Markdown table of a group of options of a whole build, as action inputs. */
export function optionTable(name: GroupName): string {
  const its = Object.entries(offered(table[name])).filter(([option]) =>
    commandsOf.get(option)?.includes('build'),
  );
  const rows = its.map(([option, one]) =>
    [
      `\`${kebab(option)}\``,
      one.type.name + (one.template ? ', template' : ''),
      one.required ? 'required' : describeDefault(one),
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
