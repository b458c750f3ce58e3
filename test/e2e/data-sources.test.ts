import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

/** The tag names a device and a script. */
beforeAll(async () => {
  await cloud.api.call('CreateTags', { ResourceIds: [cloud.source], Tags: [{ Key: 'disk', Value: 'b' }] });
});

const template = (name: string, provisioner = ''): string => `
data "outscale-omi" "base" {
  filters     = { image-name = "story-*" }
  owners      = ["self"]
  most_recent = true
}
source "outscale-chroot" "web" {
  source_omi = data.outscale-omi.base.id
  omi_name   = "${name} \${data.outscale-omi.base.name}"
  omi_account_ids = [data.outscale-omi.base.owner]
  dynamic "omi_block_device_mappings" {
    for_each = data.outscale-omi.base.tags
    content {
      device_name = "/dev/sd\${omi_block_device_mappings.value}"
      volume_size = 3
    }
  }
}
build {
  sources = ["source.outscale-chroot.web"]
  ${provisioner}
}
`;

const script = `provisioner "shell" {
    script = "scripts/\${data.outscale-omi.base.tags.disk}.sh"
  }`;

const inputs = { 'source-omi': '', config: 'template.pkr.hcl' };

function withTemplate(job: Step, text: string): Step {
  writeFileSync(join(job.workspace, 'template.pkr.hcl'), text);
  mkdirSync(join(job.workspace, 'scripts'));
  writeFileSync(join(job.workspace, 'scripts', 'b.sh'), '#!/bin/sh\necho "the script of b"\n');
  return job;
}

/** The devices of the OMI that a step created. */
async function devicesOf(job: Step): Promise<unknown> {
  const { Images } = await cloud.api.call('ReadImages', {
    Filters: { ImageIds: [job.outputs()['omi-id'] ?? ''] },
  });
  return Images?.[0]?.BlockDeviceMappings?.map(({ DeviceName, Bsu }) => [DeviceName, Bsu?.VolumeSize]);
}

const unchecked = [
  'dynamic "omi_block_device_mappings": is not checked: it repeats over a value of a data source',
  'provisioners, item 1, script is not checked: its path depends on a data source',
];

test('validate accepts what depends on a data source, and says what it has not checked', async () => {
  const job = withTemplate(
    step(cloud, { inputs: { ...inputs, validate: 'true' } }),
    template('validated', script),
  );
  cloud.requests();
  const { text } = successful(await job.main());
  for (const line of unchecked) expect(text).toContain(line);
  expect(cloud.requests()).toEqual([]);
});

test('plan and build read the data sources first', async () => {
  const planned = withTemplate(
    step(cloud, { inputs: { ...inputs, 'dry-run': 'true' } }),
    template('built', script),
  );
  const plan = successful(await planned.main()).text;
  expect(plan).toMatch(/^Plan for OMI built story-source from ami-\w+ story-source$/m);
  expect(plan).toMatch(/^\d+\. Script b\.sh$/m);
  const built = withTemplate(step(cloud, { inputs }), template('built', script));
  const { text } = successful(await built.main());
  expect(text).toContain('the script of b');
  expect(await devicesOf(built)).toEqual([
    ['/dev/sda1', 1],
    ['/dev/sdb', 3],
  ]);
  for (const log of [plan, text]) expect(log).not.toContain('is not checked');
  const other = withTemplate(step(cloud, { inputs }), template('other', script.replace('.sh', '.txt')));
  const failed = await other.main();
  expect(failed.code).toBe(2);
  expect(failed.text).toContain('scripts/b.txt cannot be read');
});

test('mount and commit read the data sources of their template', async () => {
  const mount = withTemplate(step(cloud, { bundle: 'mount', inputs }), template('mounted'));
  successful(await mount.main());
  expect(mount.outputs()['source-omi-id']).toBe(cloud.source);
  const { 'build-id': id = '' } = mount.outputs();
  const commit = withTemplate(
    step(cloud, {
      bundle: 'commit',
      inputs: { 'build-id': id, 'state-dir': mount.stateDir, config: 'template.pkr.hcl' },
    }),
    template('committed'),
  );
  successful(await commit.main());
  expect(commit.outputs()['omi-name']).toBe('committed story-source');
  expect(await devicesOf(commit)).toEqual([
    ['/dev/sda1', 1],
    ['/dev/sdb', 3],
  ]);
  expect(successful(await mount.post()).text).not.toContain('::warning');
});
