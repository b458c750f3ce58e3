import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { BuildConfig } from '../config/table.js';
import { BuildError, describe } from '../errors.js';
import { installFile } from '../host/install-files.js';
import { type Ended, runInside } from '../host/script.js';
import type { Tools } from '../tools.js';
import type { Chroot } from './chroot.js';

/** All that a script gets of an environment, besides what `env` says. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
};

/** A script, and what it is called in messages. */
interface Script {
  readonly name: string;
  readonly text: Buffer;
}

/** Brings files into the image and runs the scripts in it: `files`, then `scripts`, then `run`. */
export async function provision(
  chroot: Chroot,
  config: BuildConfig['provision'],
  tools: Tools,
): Promise<void> {
  const files = config.files;
  if (files.length > 0) {
    await tools.report.phase('Copy files', async () => {
      for (const file of files) {
        // A trailing slash of the source has a meaning that resolve() would drop.
        const source = `${resolve(tools.build.workspace, file.source)}${file.source.endsWith('/') ? '/' : ''}`;
        await installFile(chroot.tree, { ...file, source });
        tools.report.info(`${file.source} → ${file.destination}`);
      }
    });
  }
  const scripts = config.scripts.map((path) => ({ name: basename(path), text: textOf(path, tools) }));
  if (config.run !== undefined) scripts.push({ name: 'run', text: Buffer.from(config.run) });
  for (const script of scripts) {
    await tools.report.phase(`Script ${script.name}`, () => runScript(chroot, script, config.env, tools));
  }
}

function textOf(path: string, tools: Tools): Buffer {
  try {
    return readFileSync(resolve(tools.build.workspace, path));
  } catch (error) {
    throw new BuildError(`scripts: ${path} cannot be read (${describe(error)})`);
  }
}

/** The script lies in the private /run while it runs, so that nothing of it is ever written to the image. */
async function runScript(
  chroot: Chroot,
  script: Script,
  env: Readonly<Record<string, string>>,
  tools: Tools,
): Promise<void> {
  const path = '/run/build-omi-script';
  chroot.tree.create(path, script.text, { uid: 0, gid: 0, mode: 0o700 });
  const ended = await runInside(chroot.room, [...interpreter(chroot, script), path], {
    env: { ...environment, ...env },
    onLine: (line) => tools.report.script(line),
    signal: tools.signal,
  });
  chroot.tree.remove(path);
  if (ended.code !== 0) throw failure(script, ended);
}

/** A #! line wins; else the shell that a workflow's `run:` gets, where the image has it. */
function interpreter(chroot: Chroot, script: Script): [] | [string, ...string[]] {
  if (script.text.subarray(0, 2).toString() === '#!') return [];
  const has = (shell: string): boolean => ((chroot.tree.stat(shell)?.mode ?? 0) & 0o111) !== 0;
  if (has('/bin/bash') || has('/usr/bin/bash')) return ['bash', '-eo', 'pipefail'];
  if (has('/bin/sh')) return ['sh', '-e'];
  throw new BuildError(`${script.name}: the image has no shell (/bin/bash, /bin/sh)`);
}

function failure(script: Script, { code, signal, last }: Ended): BuildError {
  const how = code === null ? `was ended by ${signal}` : `exited with ${code}`;
  return new BuildError(`the script ${script.name} ${how}`, {
    output: last,
    ...(code === 126 || code === 127
      ? { hint: 'Is the program that it starts with in the image, and for this machine?' }
      : {}),
  });
}
