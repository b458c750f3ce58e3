import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { exec } from '../../src/host/exec/exec.js';
import { templateWith } from './packer/hcl/reading.js';

const dist = resolve(import.meta.dirname, '../../dist');

/** What node writes at the end about each script that it has loaded. */
const coverage = z.object({ result: z.array(z.object({ url: z.string() })) });

/** The files of dist/ that a command loads. */
async function loadedBy(args: readonly string[], folder: string): Promise<string[]> {
  const out = join(folder, 'loaded');
  const settings = [`NODE_V8_COVERAGE=${out}`, `GITHUB_WORKSPACE=${folder}`];
  await exec(['env', ...settings, process.execPath, join(dist, 'cli.js'), ...args]);
  const urls = readdirSync(out).flatMap((file) =>
    coverage.parse(JSON.parse(readFileSync(join(out, file), 'utf8'))).result.map(({ url }) => url),
  );
  rmSync(out, { recursive: true });
  return [
    ...new Set(urls.filter((url) => url.startsWith(`file://${dist}/`)).map((url) => basename(url))),
  ].toSorted();
}

test('a build without HCL2 loads nothing of its parser and evaluator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
  try {
    const others = [
      'build-omi-cli-packages.js',
      'build-omi-cli.js',
      'build-omi-yaml.js',
      'build-omi.js',
      'cli.js',
      'start.js',
    ];
    const native = ['validate', '--source-omi', 'ami-12345678', '--omi-name', 'an image', '--run', 'true'];
    expect(await loadedBy(native, folder)).toEqual(others);
    const builders = [{ type: 'osc-chroot', source_omi: 'ami-12345678', omi_name: 'an image' }];
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ builders }));
    expect(await loadedBy(['validate', '--config', 'a.json'], folder)).toEqual(others);
    writeFileSync(join(folder, 'a.pkr.hcl'), templateWith(''));
    expect(await loadedBy(['validate', '--config', '.'], folder)).toEqual(
      [...others, 'build-omi-hcl-packages.js', 'build-omi-hcl.js'].toSorted(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
