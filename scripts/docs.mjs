/**
 * Writes the files that are generated from the sources: action.yml, schema.json, and the marked parts of docs/. Run after
 * the build. `<!-- options:GROUP -->`, `<!-- flags:COMMAND -->`, `<!-- commands -->`, `<!-- calls:TABLE -->`,
 * `<!-- policy:NAME -->` and `<!-- imports:TABLE -->` begin a generated part, `<!-- /options -->` and so on end it. The
 * owner of the repository in pages and examples is that of package.json.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { packages } from '../.dependency-cruiser.mjs';
import { commandsOf } from '../build/cli/commands.js';
import { manual } from '../build/cli/manual.js';
import { createProgram } from '../build/cli.js';
import { actionYml, withTables } from '../build/config/docs/action-yml.js';
import { optionFlags } from '../build/config/docs/flags.js';
import { jsonSchema } from '../build/config/docs/json-schema.js';
import { callsOf, features, policyOf } from '../build/config/docs/permissions.js';
import { sweepFlags } from '../build/config/sweep.js';
import { drawing, innerTable, layerTable } from './import-tables.mjs';
import { table } from './markdown.mjs';
import { ownedFiles, owner, withOwner } from './owner.mjs';

/** Replaces the text between two markers. A page without them is an error. */
function replacePart(text, name, part) {
  const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name.split(':')[0]} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`no ${open.trim()} or no ${close}`);
  return `${text.slice(0, start + open.length)}${part}\n${text.slice(end)}`;
}

function update(path, parts) {
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    Object.entries(parts).reduce((page, [name, part]) => replacePart(page, name, part), text),
  );
}

/** Which command has which option. */
function commandTable() {
  const commands = ['build', 'mount', 'commit', 'abort', 'shell', 'find', 'prune'];
  const flags = commands.map((command) => optionFlags(command).map(({ name }) => name));
  const rows = [...new Set(flags.flat())].map((name) => [
    `\`--${name}\``,
    ...flags.map((names) => (names.includes(name) ? 'yes' : '')),
  ]);
  return table(['Flag', ...commands.map((command) => `\`${command}\``)], rows);
}

const flagTable = (flags) =>
  table(
    ['Flag', 'Meaning'],
    flags.map(({ name, placeholder, description }) => [`\`--${name} <${placeholder}>\``, description]),
  );

writeFileSync('action.yml', actionYml('build'));
for (const other of ['mount', 'commit', 'find']) {
  mkdirSync(other, { recursive: true });
  writeFileSync(`${other}/action.yml`, actionYml(other));
}
writeFileSync('schema.json', jsonSchema());

const inputs = 'docs/reference/inputs.md';
writeFileSync(inputs, withTables(readFileSync(inputs, 'utf8')));
const ofBuild = new Set(optionFlags('build').map(({ name }) => name));
update('docs/reference/cli.md', {
  manual: manual(commandsOf(createProgram())),
  commands: commandTable(),
  'flags:sweep': flagTable(sweepFlags().filter(({ name }) => !ofBuild.has(name) || name === 'build-id')),
});
update('docs/contributing/architecture.md', {
  'imports:drawing': drawing(),
  'imports:layers': layerTable(),
  'imports:inner': innerTable(),
  'imports:packages': table(
    ['Package', 'Imported by'],
    [...Object.entries(packages), ['node:child_process', 'host/exec/exec']].map(([name, place]) => [
      `\`${name}\``,
      `\`${place}\``,
    ]),
  ),
});

const code = (names) => names.map((name) => `\`${name}\``).join(', ');
const policy = (given) => `\`\`\`json\n${policyOf(callsOf(given))}\n\`\`\``;
update('docs/reference/permissions.md', {
  'calls:features': table(
    ['For', 'Inputs', 'Calls'],
    features.map(({ name, inputs: given, calls }) => [name, code(given), code(calls)]),
  ),
  'policy:build': policy([]),
});

/** The inputs that need further calls and that the workflows of a page have. */
const inputsIn = (page) =>
  features.flatMap((feature) =>
    feature.inputs.filter((input) => new RegExp(`^ +${input}: `, 'm').test(page)),
  );
update('README.md', { 'policy:recipes': policy(inputsIn(readFileSync('README.md', 'utf8'))) });

for (const path of globSync(ownedFiles)) writeFileSync(path, withOwner(readFileSync(path, 'utf8'), owner));
