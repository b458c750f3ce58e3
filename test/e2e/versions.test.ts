import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { dist } from '../support/cloud.js';
import { launch, type Running, successful } from '../support/process.js';

const nodes = resolve(import.meta.dirname, '../nodes/node_modules');

test.each([
  ['20', join(nodes, `node-20-${process.arch}/bin/node`)],
  ['22', join(nodes, `node-22-${process.arch}/bin/node`)],
  ['24', process.execPath],
])('the demo runs on node %s without network, and leaves no resources', async (version, node) => {
  expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(new RegExp(`^v${version}\\.`));
  const temp = mkdtempSync(join(tmpdir(), 'build-omi-story-'));
  const alone = ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const demo = successful(
    await launch([...alone, node, join(dist, 'cli.js'), 'demo'], {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      TMPDIR: temp,
    }).ended,
  );
  expect(demo.text).toMatch(/OMI +ami-\w+ demo-image/);
  expect(demo.text).toMatch(/\/etc\/motd in snap-\w+: built by the demo/);
  expect(readdirSync(temp)).toEqual([]);
  rmSync(temp, { recursive: true });
  expect(execFileSync('losetup', ['--list'], { encoding: 'utf8' })).not.toContain(temp);
});

test('an interrupted demo leaves no resources, and the next demo removes those of a killed one', async () => {
  const temp = mkdtempSync(join(tmpdir(), 'build-omi-story-'));
  const start = (): Running =>
    launch([process.execPath, join(dist, 'cli.js'), 'demo'], {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      TMPDIR: temp,
    });
  const interrupted = start();
  await interrupted.waitForLine(/^build-omi/);
  interrupted.child.kill('SIGINT');
  expect((await interrupted.ended).code).toBe(130);
  expect(readdirSync(temp)).toEqual([]);

  const killed = start();
  await killed.waitForLine(/as \/dev\/xvd/);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(readdirSync(temp)).toHaveLength(1);
  successful(await start().ended);
  expect(readdirSync(temp)).toEqual([]);
  expect(execFileSync('losetup', ['--list'], { encoding: 'utf8' })).not.toContain(temp);
  rmSync(temp, { recursive: true });
});
