/** Writes what is made from the option tables: action.yml, and the tables of README.md. Run after the build. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { actionYml, withTables } from '../build/config/docs.js';

writeFileSync('action.yml', actionYml());
if (existsSync('README.md')) writeFileSync('README.md', withTables(readFileSync('README.md', 'utf8')));
