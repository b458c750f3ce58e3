import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describe } from '../../../../src/common/errors.js';
import { readSnapshot } from '../../../../src/outscale/calls/lookups.js';
import { createTransport, type Transport } from '../../../../src/outscale/client/transport.js';
import { others, type Regions, startRegions } from '../../../support/regional-build.js';

let regions: Regions;
beforeAll(async () => {
  regions = await startRegions();
});
afterAll(async () => await regions[Symbol.asyncDispose]());

test('an OMI is copied to two regions with its tags, permissions and digest', async () => {
  const build = await regions.build({
    'omi-name': 'copied',
    tags: 'team=red',
    'omi-account-ids': '210987654321',
    'snapshot-users': '210987654321',
    family: 'all',
  });
  const { image, copies = [], failure } = await build.run();
  expect(failure).toBeUndefined();
  expect(copies.map(({ elsewhere }) => elsewhere.region)).toEqual(others);
  const ids = Object.fromEntries(copies.map(({ elsewhere, id }) => [elsewhere.region, id]));
  expect(JSON.parse(build.outputs.get('omi-ids') ?? '')).toEqual({ 'eu-west-2': image?.id, ...ids });
  for (const { elsewhere, id, snapshots } of copies) {
    const there = regions.cloud.there(elsewhere.region);
    const { Images: [found] = [] } = await there.call('ReadImages', { Filters: { ImageIds: [id] } });
    expect(found).toMatchObject({ ImageName: 'copied', State: 'available' });
    const tags = Object.fromEntries((found?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags).toEqual({ team: 'red', 'build-omi:family': 'all', 'build-omi:digest': 'd'.repeat(64) });
    expect(found?.PermissionsToLaunch?.AccountIds).toEqual(['210987654321']);
    expect(found?.BlockDeviceMappings?.map(({ Bsu }) => Bsu?.SnapshotId)).toEqual(snapshots);
    const snapshot = await readSnapshot(there, snapshots[0] ?? '');
    expect(snapshot?.PermissionsToCreateVolume?.AccountIds).toEqual(['210987654321']);
    expect(snapshot?.Tags).toContainEqual({ Key: 'build-omi:state', Value: 'kept' });
    expect(snapshot?.Tags).toContainEqual({ Key: 'build-omi:region', Value: 'eu-west-2' });
  }
  expect(await regions.objects()).toEqual([]);
  expect(build.tools.ledger.open()).toEqual([]);
  const written = build.lines.join('\n') + build.log();
  expect(written).not.toMatch(/X-Amz|Signature/);
});

test('every snapshot that the OMI maps is copied', async () => {
  const data = await regions.cloud.snapshot();
  const build = await regions.build({
    'omi-name': 'with data',
    'omi-block-device-mappings': `[{device_name: /dev/sdb, snapshot_id: ${data}}]`,
  });
  const { copies = [] } = await build.run();
  for (const { elsewhere, id, snapshots } of copies) {
    expect(snapshots).toHaveLength(2);
    const there = regions.cloud.there(elsewhere.region);
    const { Images: [found] = [] } = await there.call('ReadImages', { Filters: { ImageIds: [id] } });
    expect(found?.BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshots[0] } },
      { DeviceName: '/dev/sdb', Bsu: { SnapshotId: snapshots[1] } },
    ]);
  }
  expect(await regions.objects()).toEqual([]);
});

test('keep-export leaves the objects', async () => {
  const build = await regions.build({ 'omi-name': 'objects stay', 'keep-export': 'true' });
  await build.run();
  const [key = '', ...more] = await regions.objects();
  expect(more).toEqual([]);
  expect(key).toMatch(new RegExp(`^build-omi/${build.tools.build.id}/snap-`));
  await regions.cloud.store.remove('images', key);
});

test('an OMI of the name is replaced in each region, and its snapshots go', async () => {
  const options = { 'omi-name': 'replaced', 'force-deregister': 'true', 'force-delete-snapshot': 'true' };
  const first = await (await regions.build(options)).run();
  const second = await (await regions.build(options)).run();
  for (const [index, region] of others.entries()) {
    const { images, snapshots } = await regions.contents(region);
    expect(images.replaced).toBe(second.copies?.[index]?.id);
    expect(snapshots).not.toContain(first.copies?.[index]?.snapshots[0]);
    expect(snapshots).toContain(second.copies?.[index]?.snapshots[0]);
  }
  const home = await regions.contents('eu-west-2');
  expect(home.images.replaced).toBe(second.image?.id);
  expect(home.snapshots).not.toContain(first.snapshot?.id);
});

test('only the region of the VM: nothing is copied, and no bucket is needed', async () => {
  const build = await regions.build({
    'omi-name': 'at home',
    'omi-regions': 'eu-west-2',
    'export-bucket': '',
  });
  const { image } = await build.run();
  expect(JSON.parse(build.outputs.get('omi-ids') ?? '')).toEqual({ 'eu-west-2': image?.id });
});

test('a name of its own, rendered, in one region', async () => {
  const name = 'over there {{ .SourceOMIName }}';
  const build = await regions.build({
    'omi-name': 'named',
    'omi-regions': `- us-east-2\n- {region: us-west-1, name: "${name}"}`,
  });
  const { copies } = await build.run();
  expect(copies?.map((one) => one.name)).toEqual(['named', 'over there the source']);
});

test('a name in use in a region, or a bucket that does not exist, is refused before anything is made', async () => {
  const before = await regions.contents('us-west-1');
  const taken = await regions.build({
    'omi-name': 'fresh',
    'omi-regions': '[{region: us-west-1, name: named twice}]',
  });
  await taken.run();
  const again = await regions.build({
    'omi-name': 'fresh too',
    'omi-regions': '[{region: us-west-1, name: named twice}]',
  });
  // Once, with the region before it.
  expect(describe(await again.run().catch((error: unknown) => error))).toMatch(
    /^omi_regions, us-west-1: omi_name: this account already has an OMI named named twice\b(?!.*omi_name)/,
  );
  const nowhere = await regions.build({ 'omi-name': 'fresh three', 'export-bucket': 'nowhere' });
  await expect(nowhere.run()).rejects.toThrow('export_bucket: bucket nowhere does not exist');
  for (const { lines } of [again, nowhere]) expect(lines).toEqual([]);
  expect(Object.keys((await regions.contents('us-west-1')).images).toSorted()).toEqual(
    [...Object.keys(before.images), 'named twice'].toSorted(),
  );
});

test('an API that quotes the URL of an import does not disclose it', async () => {
  const real = createTransport();
  const echo: Transport = async (sent) => {
    const { FileLocation: url } = sent.url.endsWith('/CreateSnapshot') ? JSON.parse(sent.body) : {};
    if (url === undefined) return await real(sent);
    const Errors = [{ Code: '4045', Type: 'InvalidParameterValue', Details: `FileLocation: '${url}'` }];
    return { status: 400, headers: {}, body: JSON.stringify({ Errors }) };
  };
  const build = await regions.build({ 'omi-name': 'quoted', 'omi-regions-on-failure': 'keep' }, echo);
  const { failure } = await build.run();
  expect(failure?.message).toContain('The OMI was not copied to us-east-2');
  expect(build.log()).toContain('The OMI was not copied to us-west-1');
  expect(build.log()).toContain("FileLocation: '***'");
  expect(build.log() + build.lines.join('')).not.toContain('X-Amz');
});

test('a plan names the regions, and what is replaced there, in the order of the phases', async () => {
  const options = { 'omi-name': 'planned', 'omi-regions-on-failure': 'keep', 'force-deregister': 'true' };
  const first = await regions.build(options);
  const titles = (await first.plan()).map(({ title }) => title);
  const [at, registering] = ['Copy to regions', 'Register OMI'].map((title) => titles.indexOf(title));
  expect(at).toBeGreaterThan(registering ?? -1);
  const { copies: [copy] = [] } = await first.run();
  const steps = await (await regions.build(options)).plan();
  const index = steps.findIndex(({ title }) => title === 'Copy to regions');
  expect(steps[index]?.details).toEqual([
    'through bucket images',
    `to us-east-2 as planned, in place of ${copy?.id}`,
    expect.stringMatching(/^to us-west-1 as planned, in place of ami-/),
    'if a region fails: keep',
  ]);
  expect(steps[index + 1]?.title).toBe('Remove replaced OMI');
});
