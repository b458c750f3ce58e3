/** Compiles src/ and bundles each entry into one minified file of dist/, the same bytes in every folder. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const entries = { index: 'main', post: 'post', mount: 'mount', commit: 'commit', cli: 'cli' };
const bin = (name) => join('node_modules', '.bin', name);
const run = (command, args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });

rmSync('build', { recursive: true, force: true });
run(bin('tsc'), ['-p', '.']);
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const [bundle, source] of Object.entries(entries)) {
  const out = mkdtempSync(join(tmpdir(), 'bundle-'));
  run(bin('ncc'), [
    'build',
    `build/${source}.js`,
    '-o',
    out,
    '--minify',
    '--no-cache',
    '--source-map',
    '--no-source-map-register',
    '--license',
    'licenses.txt',
  ]);
  const known = ['index.js', 'index.js.map', 'licenses.txt', 'package.json'];
  const surprise = readdirSync(out).filter((file) => !known.includes(file));
  if (surprise.length > 0) throw new Error(`${source}: a bundle must be one file, also made: ${surprise}`);
  const text = readFileSync(join(out, 'index.js'), 'utf8');
  writeFileSync(`dist/${bundle}.js`, text.replace(/(?<=sourceMappingURL=)index(?=\.js\.map\s*$)/, bundle));
  chmodSync(`dist/${bundle}.js`, statSync(join(out, 'index.js')).mode & 0o777);
  if (existsSync(join(out, 'index.js.map'))) cpSync(join(out, 'index.js.map'), `dist/${bundle}.js.map`);
  cpSync(join(out, 'licenses.txt'), `dist/${bundle}.licenses.txt`);
  cpSync(join(out, 'package.json'), 'dist/package.json');
  rmSync(out, { recursive: true });
}
