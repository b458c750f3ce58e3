/** Writes what is made from the option tables: action.yml, schema.json, and the tables of README.md. Run after the build. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { actionYml, withTables } from '../build/config/docs/action-yml.js';
import { jsonSchema } from '../build/config/docs/json-schema.js';

writeFileSync('action.yml', actionYml('build'));
for (const half of ['mount', 'commit']) {
  mkdirSync(half, { recursive: true });
  writeFileSync(`${half}/action.yml`, actionYml(half));
}
writeFileSync('schema.json', jsonSchema());
if (existsSync('README.md')) writeFileSync('README.md', withTables(readFileSync('README.md', 'utf8')));
