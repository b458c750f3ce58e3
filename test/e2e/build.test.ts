import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { startCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { users } from '../support/users.js';

const modes = [[], ['--naming', 'by-id']];

test.each(users.flatMap((user) => modes.map((flags) => [user, flags.join(' ') || 'plain', flags] as const)))(
  'as %s against the emulator (%s): the action builds an OMI and leaves no other resource',
  async (user, _name, flags) => {
    await using cloud = await startCloud(...flags);
    const machine = inventory(cloud.folder);
    const before = await cloud.resources();
    const job = step(cloud, {
      user,
      inputs: {
        'omi-name': 'story image',
        'omi-description': 'made by a story',
        tags: 'team=platform\nnumber=0012',
        env: 'GREETING=hello there',
        files: 'motd:/etc/motd:0640',
        scripts: 'first.sh',
        run: 'echo "$GREETING" > /root/run\ncat /etc/resolv.conf > /root/resolver\nenv > /root/environment\n',
      },
      environment: { RUNNER_SECRET: 'not for scripts' },
    });
    writeFileSync(join(job.workspace, 'motd'), 'welcome\n');
    writeFileSync(join(job.workspace, 'first.sh'), '#!/bin/sh\necho "first: $0"\necho one > /root/first\n');

    const main = await job.main();
    successful(main);
    const outputs = job.outputs();
    const { 'omi-id': omi = '', 'snapshot-id': snapshotId = '' } = outputs;
    expect(outputs).toMatchObject({
      'omi-name': 'story image',
      region: 'eu-west-2',
      'source-omi-id': cloud.source,
    });
    expect(outputs['build-id']).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.parse(outputs['snapshot-ids'] ?? '')).toEqual([outputs['snapshot-id']]);
    expect(JSON.parse(readFileSync(outputs.manifest ?? '', 'utf8'))).toMatchObject({
      omi: { id: outputs['omi-id'] },
    });
    expect(job.summary()).toContain(omi);

    const { Images } = await cloud.api.call('ReadImages', {
      Filters: { ImageIds: [omi] },
    });
    expect(Images?.[0]).toMatchObject({
      State: 'available',
      Description: 'made by a story',
      ImageName: 'story image',
    });
    expect(Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu).toMatchObject({
      SnapshotId: outputs['snapshot-id'],
      VolumeSize: 1,
    });
    const { Tags } = await cloud.api.call('ReadTags', {
      Filters: { ResourceIds: [omi] },
    });
    expect(Tags).toEqual(expect.arrayContaining([expect.objectContaining({ Key: 'number', Value: '0012' })]));

    successful(await job.post());
    expect(await cloud.resources()).toEqual([...before, omi, snapshotId].sort());
    expect(inventory(cloud.folder)).toEqual(machine);

    await using snapshot = await openSnapshot(cloud, snapshotId);
    expect(await snapshot.isClean()).toBe(true);
    expect(await snapshot.read('/root/run')).toBe('hello there\n');
    expect(await snapshot.read('/root/first')).toBe('one\n');
    expect(await snapshot.read('/etc/motd')).toBe('welcome\n');
    expect(await snapshot.describe('/etc/motd')).toMatch(/Mode:\s+0640[\s\S]*User:\s+0/);
    expect(await snapshot.read('/root/resolver')).toBe(readFileSync('/etc/resolv.conf', 'utf8'));
    expect(await snapshot.describe('/etc/resolv.conf')).toContain(
      'Fast link dest: "../run/systemd/resolve/stub-resolv.conf"',
    );
    expect(await snapshot.read('/root/environment')).not.toMatch(/RUNNER|GITHUB|INPUT|SECRET|ACCESS/);
    expect(await snapshot.list('/run')).toEqual([]);
    expect(await snapshot.list('/dev')).toEqual([]);
    expect(await snapshot.list('/')).toEqual([
      'bin',
      'dev',
      'etc',
      'lost+found',
      'proc',
      'root',
      'run',
      'sys',
      'tmp',
      'usr',
      'var',
    ]);
  },
);
