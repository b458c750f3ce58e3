/**
 * Makes dist/ from src/, the same bytes in every folder: one program that all entries share, in a chunk that every
 * build needs and others that are loaded on demand, and for each entry a thin file that calls its function by start.js.
 * All are CommonJS, which starts earlier than ES modules, and whose compiled code start.js can keep.
 * `node scripts/build.mjs [--maps]`; --maps also writes the source maps, which are not committed.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { transformSync } from '@swc/core';

const withMaps = process.argv.includes('--maps');
const shared = 'build-omi.js';
/** The thin files and the functions that they call. */
const entries = { index: 'main', post: 'post', mount: 'mount', commit: 'commit', find: 'find', cli: 'cli' };

const bin = (name) => join('node_modules', '.bin', name);
const run = (command, args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });

/** Files that the chunk hcl reads: the parser and the grammar. */
const programs = [
  'node_modules/web-tree-sitter/web-tree-sitter.wasm',
  'node_modules/@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm',
];

/**
 * What the chunks are called in dist/, by their numbers in ncc's output: the name that the import gives, and for the
 * packages that webpack may have split off `NAME-packages`. An import may also load chunks of other names.
 */
function nameChunks(texts) {
  const imports = texts.flatMap((text) =>
    [...text.matchAll(/import\(\) \| ([\w-]+) \*\/(.*?)\.then\(/g)].map(([, name, loads]) => {
      const [own, ...more] = [...loads.matchAll(/\b(\d+)\)/g)].map(([, id]) => id).reverse();
      return { name, own, more };
    }),
  );
  const names = Object.fromEntries(imports.map(({ name, own }) => [own, `build-omi-${name}.js`]));
  for (const { name, more } of imports) for (const id of more) names[id] ??= `build-omi-${name}-packages.js`;
  const files = Object.values(names);
  if (new Set(files).size !== files.length)
    throw new Error(`the chunks are not as expected: ${JSON.stringify(imports)}`);
  return names;
}

/** Makes the bundle ask for its chunks by their new names. */
function renameChunks(bundle, names) {
  const before = /"" \+ chunkId \+ "\.index\.js"/g;
  if (bundle.match(before)?.length !== 1)
    throw new Error('how the bundle names its chunks is not as expected');
  return bundle.replace(before, `(${JSON.stringify(names)})[chunkId]`);
}

/**
 * Restores the import of node:module in the parser: webpack makes a namespace of it that lacks its functions, because
 * the module itself is a function.
 */
function restoreImports(text) {
  const made =
    /\{ createRequire \} = await Promise\.resolve\(.*?\)\.then\(__webpack_require__\.t\.bind\([^)]*\)\)/g;
  if (text.match(made)?.length !== 1)
    throw new Error('how the parser imports node:module is not as expected');
  return text.replace(made, "{ createRequire } = await import('node:module')");
}

/** Files of undici that take several milliseconds at each start, and what is sufficient. */
const notNeeded = {
  // No option of the program allows HTTP/2, for which this loads node:http2.
  'lib/dispatcher/client-h2.js': `module.exports = () => { throw new Error('HTTP/2 is not supported') };`,
  // A table of lower-case names, for servers. For names that it lacks undici makes them itself.
  'lib/core/tree.js': 'module.exports = { tree: { lookup() {} } };',
};

/** Makes the bundle load node's own modules itself, not by a function that it makes for each of them. */
const requireBuiltIn = (text) =>
  text.replaceAll('__WEBPACK_EXTERNAL_createRequire(import.meta.url)', 'require');

/**
 * Writes a file of ncc to dist/, as CommonJS and minified. Names at the top level and the order of statements stay, so
 * that a small change of a source changes few bytes.
 */
function writeMinified(name, text, map) {
  const { code, map: minifiedMap } = transformSync(requireBuiltIn(text), {
    swcrc: false,
    filename: name,
    isModule: true,
    module: { type: 'commonjs' },
    minify: true,
    jsc: {
      target: 'es2022',
      minify: {
        compress: false,
        mangle: { topLevel: false, keepClassNames: true, keepFnNames: true },
        // Of letters beyond ASCII each one of a text would take two bytes.
        format: { comments: false, asciiOnly: true },
      },
    },
    ...(map && { sourceMaps: true, inputSourceMap: map }),
  });
  writeFileSync(join('dist', name), `${code}\n//# sourceMappingURL=${name}.map\n`);
  if (map) writeFileSync(join('dist', `${name}.map`), minifiedMap);
}

rmSync('build', { recursive: true, force: true });
run(bin('tsc'), ['-p', '.']);
// The bundler takes packages from build/node_modules first.
const copyPackage = (name) => {
  const copy = join('build', 'node_modules', name);
  cpSync(join('node_modules', name), copy, { recursive: true });
  return copy;
};
// The package does not say that its files do nothing when they are imported, so that its client for tokens of OpenID
// Connect, and with that all of undici, would be loaded at each start.
const manifest = join(copyPackage('@actions/core'), 'package.json');
writeFileSync(
  manifest,
  JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), sideEffects: false }),
);
const undici = copyPackage('undici');
for (const [file, text] of Object.entries(notNeeded)) {
  if (!existsSync(join(undici, file))) throw new Error(`undici has no ${file}`);
  writeFileSync(join(undici, file), text);
}
const out = mkdtempSync(join(tmpdir(), 'bundle-'));
try {
  const options = ['--no-cache', '--license', '[name].licenses.txt'];
  if (withMaps) options.push('--source-map', '--no-source-map-register');
  run(bin('ncc'), ['build', `build/${shared}`, '-o', out, ...options]);
  const read = (file) => readFileSync(join(out, file), 'utf8');
  const made = readdirSync(out).toSorted();
  const names = nameChunks(made.filter((file) => file.endsWith('.js')).map(read));
  const files = { 'index.js': shared };
  for (const [id, name] of Object.entries(names)) files[`${id}.index.js`] = name;
  const licenses = made.filter((file) => file.endsWith('.licenses.txt'));
  const known = [...Object.keys(files).flatMap((file) => [file, `${file}.map`]), ...licenses, 'package.json'];
  // ncc copies the parser under the name of its hash; it is loaded by its own name.
  const parser = /^[0-9a-f]+\.wasm$/;
  const unknown = made.filter((file) => !known.includes(file) && !parser.test(file));
  if (unknown.length > 0) throw new Error(`ncc also made: ${unknown.join(', ')}`);

  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  for (const [file, name] of Object.entries(files)) {
    const change = {
      [shared]: (text) => renameChunks(text, names),
      'build-omi-hcl-packages.js': restoreImports,
    };
    const text = change[name]?.(read(file)) ?? read(file);
    writeMinified(name, text, withMaps ? read(`${file}.map`) : undefined);
  }
  writeMinified(
    'start.js',
    readFileSync('build/start.js', 'utf8'),
    withMaps ? readFileSync('build/start.js.map', 'utf8') : undefined,
  );
  // ncc does not see the package of the grammar, of which only a file is copied.
  const grammar = '@tree-sitter-grammars/tree-sitter-hcl';
  const { license } = JSON.parse(readFileSync(join('node_modules', grammar, 'package.json'), 'utf8'));
  const text = readFileSync(join('node_modules', grammar, 'LICENSE'), 'utf8');
  writeFileSync('dist/licenses.txt', [...licenses.map(read), `${grammar}\n${license}\n${text}`].join('\n'));
  writeFileSync('dist/package.json', '{"type":"commonjs"}\n');
  for (const program of programs)
    writeFileSync(join('dist', basename(program)), readFileSync(program), { mode: 0o644 });
  for (const [entry, name] of Object.entries(entries)) {
    const isProgram = entry === 'cli';
    const call = `const { load, run } = require('./start.js');\nrun(load('./${shared}').${name});\n`;
    writeFileSync(`dist/${entry}.js`, isProgram ? `#!/usr/bin/env node\n${call}` : call, {
      mode: isProgram ? 0o755 : 0o644,
    });
  }
} finally {
  rmSync(out, { recursive: true });
}
