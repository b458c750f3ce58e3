import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { BuildError } from '../../../src/common/errors.js';
import { version } from '../../../src/common/version.js';
import type { ManifestFacts } from '../../../src/report/manifest.js';
import { manifestAt } from '../../support/manifest.js';
import { onRunner } from './capture.js';

const facts: ManifestFacts = {
  buildId: '0123456789ab',
  region: 'eu-west-2',
  snapshots: [],
  startedAt: '2026-11-25T10:00:00.000Z',
  status: 'succeeded',
};

const sha256 = 'a'.repeat(64);
const difference = { added: ['x'], removed: [] };
const deb = { name: 'nginx', version: '1', architecture: 'amd64' };

test('a manifest with every field is as its schema says', async () => {
  await onRunner(async ({ report, clock, folder }) => {
    const path = join(folder, 'manifest.json');
    await report.phase('Snapshot', async () => {
      clock.now += 61_000;
    });
    const full: ManifestFacts = {
      ...facts,
      omi: { id: 'ami-1', name: 'an image' },
      snapshots: [{ id: 'snap-1', sizeGiB: 10 }],
      export: { url: 'https://oos.example/b/web/snap-1.qcow2.gz', manifestUrl: 'https://oos.example/b/m' },
      sourceImage: { location: 'https://example.com/disk.qcow2', sha256 },
      source: { id: 'ami-0', name: 'debian' },
      options: { grow_root: false },
      provisioning: [
        { kind: 'files', name: 'Copy files', files: [{ source: 'a', destination: '/a', sha256 }] },
        { kind: 'script', name: 'run', sha256, env: ['TOKEN'] },
        { kind: 'pause', name: 'Pause', ms: 5 },
      ],
      changes: {
        packages: { added: [deb], removed: [], updated: [{ ...deb, from: '0' }] },
        units: difference,
        users: difference,
        groups: difference,
        setuid: difference,
        kernels: difference,
        bytes: -5,
      },
      lint: [{ rule: 'machine-id', file: '/etc/machine-id', problem: 'p', fix: 'f', inSource: true }],
      sbom: { path: '/tmp/x.cdx.json', sha256 },
    };
    report.manifest(path, full);
    expect(manifestAt(path)).toEqual({
      version: 2,
      program: { name: 'build-omi', version },
      ...full,
      timings: [{ phase: 'Snapshot', ms: 61_000 }],
      totalMs: 61_000,
    });
  });
});

test('the manifest of a failed build has the phase, the message and the hint, without secrets', async () => {
  await onRunner(
    async ({ report, folder }) => {
      const path = join(folder, 'manifest.json');
      const error = new BuildError('the key S3cr3t is refused', { hint: 'Write another one.' });
      await report.phase('Check', async () => await Promise.reject(error)).catch(() => undefined);
      report.manifest(path, { ...facts, status: 'failed', error, leftovers: ['volume vol-1'] });
      expect(manifestAt(path)).toMatchObject({
        status: 'failed',
        error: { phase: 'Check', message: 'the key *** is refused', hint: 'Write another one.' },
        leftovers: ['volume vol-1'],
      });
    },
    { secrets: ['S3cr3t'] },
  );
});
