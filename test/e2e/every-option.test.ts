/**
 * @long It runs a build for each option.
 * @once Each option is checked by its request; options and replace compare the answers.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { optionsOf } from '../../src/config/options/table.js';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { localNames } from '../../src/host/disk/block-devices.js';
import { freeNames } from '../../src/host/disk/device-names.js';
import type { Image } from '../../src/outscale/api.js';
import { step } from '../support/action.js';
import { bootCode, writesBootCode } from '../support/boot-sector.js';
import { type Recorded, type TestCloud, useCloud } from '../support/cloud.js';
import { refuses, serve } from '../support/http-server.js';
import { manifestAt } from '../support/manifest.js';
import { successful } from '../support/process.js';

/** The externally visible results of a build. */
interface Observed {
  readonly code: number | null;
  /** The whole log. */
  readonly text: string;
  readonly asked: readonly Recorded[];
  /** The first request of that name that was not a dry run. */
  readonly request: (operation: string) => Readonly<Record<string, unknown>> | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly workspace: string;
}

/** A build with all options in a file, and for each option an effect that only this option has. */
interface Case {
  readonly config: () => Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** More inputs of the step; none by default. */
  readonly inputs?: () => Readonly<Record<string, string>>;
  readonly fails?: true;
  readonly shows: Readonly<Record<string, (observed: Observed) => void>>;
}

const cloud = useCloud('--buckets', 'images', '--other-regions', 'us-east-2', 'us-west-1');
/** Its exports take long. */
const moving = useCloud('--buckets', 'images', '--transfer-time', '10s');
const slow = useCloud('--latency', '2000');
const late = useCloud('--snapshot-time', '20000');
let vm: { id: string; subregion: string };
/** An OMI whose root is io1. */
let fast: Image | undefined;
let device: string;

beforeAll(async () => {
  const { Vms } = await cloud.api.call('ReadVms', {});
  vm = { id: Vms?.[0]?.VmId ?? '', subregion: Vms?.[0]?.Placement?.SubregionName ?? '' };
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
  const SnapshotId = Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
  const made = await cloud.api.call('CreateImage', {
    ImageName: 'a fast source',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda1', Bsu: { SnapshotId, VolumeSize: 4, VolumeType: 'io1', Iops: 100 } },
    ],
  });
  fast = made.Image;
  // Not the last one, which another test uses.
  device = freeNames(localNames()).at(-5) ?? '';
}, 60_000);

/** Every input with the value that the runner sets by default. */
const inputNames = Object.keys(parse(readFileSync('action.yml', 'utf8')).inputs);
const empty = Object.fromEntries(inputNames.map((name) => [name, '']));

const access = (at: TestCloud = cloud): Record<string, string> => ({
  source_omi: at.source,
  access_key: defaultAccount.accessKey,
  secret_key: defaultAccount.secretKey,
  custom_endpoint_oapi: at.endpoint,
  metadata_endpoint: at.metadata,
  state_dir: join(at.folder, 'state'),
});
const exporting = (at: TestCloud) => ({
  export: { bucket: 'images', prefix: 'of/', format: 'raw' },
  custom_endpoint_oos: at.objectStore,
});
const nobody = 'http://127.0.0.1:1/latest';

/** Runs the bundle with these options in a file, and these inputs. */
async function ran(
  at: TestCloud,
  { config, files = {}, inputs }: Pick<Case, 'config' | 'files' | 'inputs'>,
): Promise<Observed> {
  const job = step(at, {
    inputs: { ...empty, config: 'build.yml', ...inputs?.() },
    environment: { OSC_CONFIG_FILE: join(at.folder, 'profiles.json') },
  });
  for (const [name, text] of Object.entries({ ...files, 'build.yml': stringify(config()) }))
    writeFileSync(join(job.workspace, name), text);
  at.requests();
  const { code, text } = await job.main();
  const asked = at.requests();
  await job.post();
  const request = (operation: string) =>
    asked.find((one) => one.operation === operation && one.request.DryRun !== true)?.request;
  return { code, text, asked, request, outputs: job.outputs(), workspace: job.workspace };
}

const has = (pattern: RegExp | string) => (observed: Observed) => expect(observed.text).toMatch(pattern);
const asks = (operation: string, fields: object) => (observed: Observed) =>
  expect(observed.request(operation)).toMatchObject(fields);
const tags = (text: string) => (observed: Observed) =>
  expect(JSON.stringify(observed.asked.filter(({ operation }) => operation === 'CreateTags'))).toContain(
    text,
  );
const sharesOmi = (Additions: object) => (observed: Observed) =>
  expect(observed.request('UpdateImage')).toMatchObject({ PermissionsToLaunch: { Additions } });
const sharesSnapshot = (Additions: object) => (observed: Observed) =>
  expect(observed.request('UpdateSnapshot')).toMatchObject({ PermissionsToCreateVolume: { Additions } });

const name = 'each option';
/** Adds invoke-rc.d to an image, so that it starts services. */
const withServices =
  'mkdir -p {{.MountPath}}/usr/sbin; cp {{.MountPath}}/bin/sh {{.MountPath}}/usr/sbin/invoke-rc.d';
const cases: Readonly<Record<string, Case>> = {
  'a build from an OMI': {
    config: () => ({
      ...access(),
      omi_name: name,
      state_dir: join(cloud.folder, 'state of its own'),
      omi_description: 'described',
      tags: { ours: 'tagged' },
      snapshot_tags: { theirs: 'snapshot' },
      root_volume_tags: { its: 'volume' },
      root_volume_size: 2,
      root_volume_type: 'standard',
      omi_account_ids: ['222222222222'],
      global_permission: true,
      snapshot_users: ['444444444444'],
      omi_boot_modes: ['uefi'],
      omi_product_codes: ['0001'],
      tpm_mandatory: true,
      architecture: 'i386',
      omi_block_device_mappings: [{ device_name: '/dev/sdb', volume_size: 3 }],
      root_device_name: 'xvdf',
      device_path: device,
      mount_path: '/mnt/each-{{.BuildId}}',
      mount_options: ['noatime'],
      command_wrapper: 'touch "$GITHUB_WORKSPACE/door" && {{.Command}}',
      chroot_mounts: [['proc', 'proc', '/proc']],
      copy_files: ['/etc/hostname'],
      pre_mount_commands: ['echo before the mount of {{.Device}}'],
      post_mount_commands: ['echo mounted at {{.MountPath}}', withServices],
      files: ['lasting:/root/lasting'],
      scripts: ['first.sh'],
      shell: 'sh -xe',
      env: { SEEN: 'a variable' },
      prevent_service_start: false,
      run: [
        'cat /proc/self/mounts /root/lasting',
        'echo "lent: $(cat /etc/hostname)"',
        'if [ ! -e /sys/kernel ]; then echo "no s""ysfs"; fi',
        'if [ ! -e /usr/sbin/policy-rc.d ]; then echo "no p""olicy"; fi',
        'echo "run sees $SEEN"',
        'busybox df -m /var/cache/kept | tail -n 1',
      ].join('\n'),
      log_level: 'debug',
      lint_ignore: ['first-login'],
      seal: ['machine-id'],
      cache: ['/var/cache/kept'],
      cache_size: '100MiB',
      sbom: 'image.cdx.json',
    }),
    files: { lasting: 'a lasting file\n', 'first.sh': 'echo the "first" script\n' },
    shows: {
      source_omi: ({ outputs }) => expect(outputs['source-omi-id']).toBe(cloud.source),
      access_key: ({ asked }) => expect(asked.map(({ status }) => status)).toContain(200),
      custom_endpoint_oapi: ({ asked }) => expect(asked.length).toBeGreaterThan(5),
      config: ({ outputs }) => expect(outputs['omi-name']).toBe(name),
      omi_name: asks('CreateImage', { ImageName: name }),
      state_dir: () => expect(existsSync(join(cloud.folder, 'state of its own'))).toBe(true),
      omi_description: asks('CreateImage', { Description: 'described' }),
      tags: tags('{"Key":"ours","Value":"tagged"}'),
      snapshot_tags: tags('{"Key":"theirs","Value":"snapshot"}'),
      root_volume_tags: tags('{"Key":"its","Value":"volume"}'),
      root_volume_size: asks('CreateVolume', { Size: 2 }),
      root_volume_type: asks('CreateVolume', { VolumeType: 'standard' }),
      omi_account_ids: sharesOmi({ AccountIds: ['222222222222'] }),
      global_permission: sharesOmi({ GlobalPermission: true }),
      snapshot_users: sharesSnapshot({ AccountIds: ['444444444444'] }),
      omi_boot_modes: asks('CreateImage', { BootModes: ['uefi'] }),
      omi_product_codes: asks('CreateImage', { ProductCodes: ['0001'] }),
      tpm_mandatory: asks('CreateImage', { TpmMandatory: true }),
      architecture: asks('CreateImage', { Architecture: 'i386' }),
      omi_block_device_mappings: ({ request }) =>
        expect(JSON.stringify(request('CreateImage'))).toContain('"DeviceName":"/dev/sdb"'),
      root_device_name: has('xvdf is treated as /dev/sda1'),
      device_path: ({ request }) => expect(request('LinkVolume')).toMatchObject({ DeviceName: device }),
      mount_path: has(/^mounted at \/mnt\/each-[0-9a-f]{12}$/m),
      mount_options: has(/ \/ ext4 .*noatime/),
      command_wrapper: ({ workspace }) => expect(existsSync(join(workspace, 'door'))).toBe(true),
      chroot_mounts: has('no sysfs'),
      copy_files: has(`lent: ${readFileSync('/etc/hostname', 'utf8').trim()}\n`),
      pre_mount_commands: has(/^before the mount of \/dev\/\S+$/m),
      post_mount_commands: has(/^mounted at /m),
      files: has('a lasting file'),
      scripts: has('the first script'),
      shell: has(/^\+ cat \/proc\/self\/mounts/m),
      env: has('run sees a variable'),
      prevent_service_start: has('no policy'),
      run: has('run sees'),
      seal: has('Sealed machine-id: nothing to remove'),
      cache: has(/^Cache mounted, empty/m),
      cache_size: has(/^\/dev\/loop\d+ +(8|9)\d .* \/var\/cache\/kept$/m),
      sbom: ({ workspace, outputs }) => expect(outputs.sbom).toBe(join(workspace, 'image.cdx.json')),
      lint_ignore: ({ text }) => expect(text).not.toMatch(/Lint: first-login/),
      // Else it is a line for the runner alone, which hides it.
      log_level: has(/^ReadVms ok/m),
    },
  },
  'a build that takes the place of it, from a filter, with a profile, on a VM without metadata': {
    config: () => ({
      omi_name: name,
      state_dir: join(cloud.folder, 'state'),
      metadata_endpoint: nobody,
      custom_endpoint_oapi: cloud.endpoint,
      profile: 'story',
      vm_id: vm.id,
      subregion: vm.subregion,
      source_omi_filter: { filters: { 'image-name': 'a fast *' }, owners: ['self'] },
      root_volume_iops: 200,
      root_volume_size: 5,
      grow_root: false,
      force_deregister: true,
      force_delete_snapshot: true,
      omi_groups: ['all'],
      snapshot_groups: ['all'],
      provisioners: [{ run: 'echo one of "several"' }],
    }),
    shows: {
      profile: ({ asked }) => expect(asked.map(({ status }) => status)).toContain(200),
      vm_id: (observed) => asks('LinkVolume', { VmId: vm.id })(observed),
      subregion: (observed) => asks('CreateVolume', { SubregionName: vm.subregion })(observed),
      source_omi_filter: ({ outputs }) => expect(outputs['source-omi-id']).toBe(fast?.ImageId),
      root_volume_iops: asks('CreateVolume', { VolumeType: 'io1', Iops: 200 }),
      grow_root: ({ text }) => expect(text).not.toContain('was grown'),
      force_deregister: ({ request }) => expect(request('DeleteImage')).toBeDefined(),
      force_delete_snapshot: ({ request }) => expect(request('DeleteSnapshot')).toBeDefined(),
      omi_groups: sharesOmi({ GlobalPermission: true }),
      snapshot_groups: sharesSnapshot({ GlobalPermission: true }),
      provisioners: has('one of several'),
    },
  },
  'a builder of a Packer template, with variables': {
    config: () => ({}),
    inputs: () => ({
      config: JSON.stringify({
        variables: { one: null, two: null },
        builders: [
          { type: 'outscale-chroot', name: 'other', omi_name: 'never made' },
          {
            ...access(),
            type: 'outscale-chroot',
            name: 'chosen',
            root_volume_size: 1,
            omi_name: '{{build_name}}-{{user `one`}}-{{user `two`}}',
          },
        ],
      }),
      variables: '{"one": "by an input"}',
      'variable-files': 'values.json',
      builder: 'chosen',
    }),
    files: { 'values.json': '{"one": "overridden", "two": "by a file"}' },
    shows: {
      builder: ({ request }) => expect(request('CreateImage')?.ImageName).toMatch(/^chosen-/),
      variables: ({ request }) => expect(request('CreateImage')?.ImageName).toContain('by an input'),
      variable_files: ({ request }) => expect(request('CreateImage')?.ImageName).toMatch(/by a file$/),
    },
  },
  'a build from scratch, without an OMI': {
    config: () => {
      const { source_omi: _none, ...rest } = access();
      return {
        ...rest,
        omi_name: 'from scratch',
        from_scratch: true,
        root_volume_size: 1,
        root_device_name: 'sda1',
        pre_mount_commands: ['mkfs.ext4 -q {{.Device}}'],
        mount_partition: 0,
        omi_block_device_mappings: [{ device_name: 'sda1' }],
        skip_create_omi: true,
        keep_volume: true,
        ...exporting(cloud),
      };
    },
    shows: {
      export: ({ outputs, asked }) => {
        expect(outputs['export-url']).toMatch(/\/images\/of\/snap-\w+-\w+\.raw\.gz$/);
        expect(manifestAt(outputs.manifest)).toMatchObject({ export: { url: outputs['export-url'] } });
        expect(asked.map(({ operation }) => operation)).toContain('CreateSnapshotExportTask');
      },
      custom_endpoint_oos: ({ outputs }) => expect(outputs['export-url']).toContain(cloud.objectStore),
      keep_volume: ({ request, outputs }) => {
        expect(outputs['volume-id']).toMatch(/^vol-/);
        expect(request('DeleteVolume')).toBeUndefined();
      },
      from_scratch: ({ request }) => expect(request('CreateVolume')).not.toHaveProperty('SnapshotId'),
      skip_create_omi: ({ asked }) =>
        expect(asked.map(({ operation }) => operation)).not.toContain('CreateImage'),
    },
  },
  'a build from an image that has another checksum': {
    config: () => {
      const { source_omi: _none, ...rest } = access();
      return {
        ...rest,
        omi_name: 'never made',
        source_image: join(cloud.folder, 'source.img'),
        source_image_sha256: '0'.repeat(64),
      };
    },
    fails: true,
    shows: {
      source_image: has(/Source +\/.*source\.img|source_image: its SHA-256/),
      source_image_sha256: has(/not 0{64}/),
    },
  },
  'a build whose OMI later builds may reuse': {
    config: () => ({ ...access(), omi_name: 'to be reused', reuse: 'unchanged' }),
    shows: { reuse: tags('"Key":"build-omi:digest"') },
  },
  'a check without keys': {
    config: () => ({ source_omi: access().source_omi, omi_name: 'never made', validate: true }),
    shows: { validate: has('The configuration is valid.') },
  },
  'a plan': {
    config: () => ({ ...access(), omi_name: 'never made', dry_run: true }),
    shows: { dry_run: has('Nothing was changed.') },
  },
  'a partition that is not there': {
    config: () => ({ ...access(), omi_name: 'never made', mount_partition: 7 }),
    fails: true,
    shows: { mount_partition: has('mount_partition: the volume has no partition 7') },
  },
  'a script that takes too long, where services are prevented': {
    config: () => ({
      ...access(),
      omi_name: 'never made',
      post_mount_commands: [withServices],
      provision_timeout: '1s',
      run: 'ls /usr/sbin; sleep 60',
    }),
    fails: true,
    shows: {
      provision_timeout: has(/took longer than 1 s and was killed/),
      // What another case turns off.
      prevent_service_start: has(/^policy-rc\.d$/m),
    },
  },
  'an image that breaks a rule': {
    config: () => ({ ...access(), omi_name: 'never made', lint: 'fail' }),
    fails: true,
    shows: { lint: has(/lint: the image breaks rules in \d+ places/) },
  },
  'a build of an OMI that is too old to be reused': {
    config: () => ({ ...access(), omi_name: 'to be reused', reuse: 'unchanged', reuse_max_age: '1s' }),
    fails: true,
    shows: { reuse_max_age: has('not reused: it is older than reuse_max_age') },
  },
  'an image that does not boot': {
    config: () => ({
      ...access(),
      omi_name: 'never made',
      pre_mount_commands: [writesBootCode(bootCode('web login: '))],
      boot_test: ['bios'],
      boot_test_expect: 'web ready',
      boot_test_timeout: '2s',
    }),
    fails: true,
    shows: {
      boot_test: has('boot_test: the image does not boot (bios)'),
      boot_test_expect: has('the expected line did not appear'),
      boot_test_timeout: has('within 2 s'),
    },
  },
  'copies in other regions': {
    config: () => ({
      ...access(),
      omi_name: 'copied to a region',
      omi_regions: ['us-east-2', 'us-west-1'].map((region) => ({
        region,
        name: `copied to ${region}`,
        custom_endpoint_oapi: cloud.others.get(region)?.endpoint,
      })),
      export_bucket: 'images',
      keep_export: true,
      custom_endpoint_oos: cloud.objectStore,
    }),
    shows: {
      omi_regions: ({ outputs, asked }) => {
        const images = asked.filter(({ operation }) => operation === 'CreateImage');
        expect(images.map(({ region, request }) => [region, request.ImageName])).toContainEqual([
          'us-east-2',
          'copied to us-east-2',
        ]);
        expect(JSON.parse(outputs['omi-ids'] ?? '')).toMatchObject({ 'us-east-2': expect.any(String) });
      },
      export_bucket: asks('CreateSnapshotExportTask', { OsuExport: { OsuBucket: 'images' } }),
      keep_export: ({ asked }) =>
        expect(asked.map(({ operation }) => operation)).not.toContain('DeleteObject'),
    },
  },
  'a policy for failed regions that is none': {
    config: () => ({ ...access(), omi_name: 'never made', omi_regions_on_failure: 'stop' }),
    fails: true,
    shows: {
      omi_regions_on_failure: has(/omi_regions_on_failure \(build\.yml, line 8, .*one of: cleanup, keep/),
    },
  },
  'a script that fails, and whose volume is kept': {
    config: () => ({
      ...access(),
      omi_name: 'never made',
      on_failure: 'keep',
      keep_for: '90m',
      run: 'false',
    }),
    fails: true,
    shows: {
      on_failure: ({ request }) => expect(request('UnlinkVolume')).toBeUndefined(),
      keep_for: ({ text }) => {
        const until = Date.parse(/ kept until ([^%\s]+)/.exec(text)?.[1] ?? '');
        expect(Math.abs(until - Date.now() - 90 * 60_000)).toBeLessThan(60_000);
      },
    },
  },
  'a wrong secret key': {
    // Refusals of a key count for the whole VM: they must not delay the other builds of this file.
    config: () => ({
      ...access(),
      omi_name: 'never made',
      secret_key: 'wrong',
      state_dir: join(cloud.folder, 'state of a wrong key'),
    }),
    fails: true,
    shows: { secret_key: has(/::error.*the API refused the credentials/) },
  },
  'a metadata service that is not there': {
    config: () => ({ ...access(), omi_name: 'never made', metadata_endpoint: nobody }),
    fails: true,
    shows: { metadata_endpoint: has(`metadata service: no answer (${nobody}/`) },
  },
  'the region of another VM': {
    config: () => ({ ...access(), omi_name: 'never made', region: 'us-east-2' }),
    fails: true,
    shows: { region: has('region: us-east-2 is not the region of this VM') },
  },
  'a region that nobody knows': {
    config: () => {
      const { custom_endpoint_oapi: _none, ...rest } = access();
      return { ...rest, omi_name: 'never made', region: 'mars-1', skip_region_validation: true };
    },
    fails: true,
    shows: { skip_region_validation: has('region: mars-1 is not the region of this VM') },
  },
  'a rate of API calls that is too high': {
    config: () => ({ ...access(), omi_name: 'never made', api_rate: 101 }),
    fails: true,
    shows: { api_rate: has(/api_rate \(build\.yml, line 8, .*100/) },
  },
  'a family that cannot be': {
    config: () => ({
      ...access(),
      omi_name: 'never made',
      family: 'web *',
      retain_last: 0,
      retain_for: '30',
    }),
    fails: true,
    shows: {
      family: has(/family \(build\.yml, line 8, .*is not a family/),
      retain_last: has(/retain_last \(build\.yml, line 9, .*1 to 1000/),
      retain_for: has(/retain_for \(build\.yml, line 10, .*is not an age/),
    },
  },
  'a virtualization that is not to be had': {
    config: () => ({ ...access(), omi_name: 'never made', omi_virtualization_type: 'paravirtual' }),
    fails: true,
    shows: {
      omi_virtualization_type: has(
        /omi_virtualization_type \(build\.yml, line 8, .*write hvm, the only virtualization type/,
      ),
    },
  },
};

test.each(Object.entries(cases))(
  '%s',
  async (_, { fails, shows, ...one }) => {
    writeFileSync(
      join(cloud.folder, 'profiles.json'),
      JSON.stringify({
        story: { access_key: defaultAccount.accessKey, secret_key: defaultAccount.secretKey },
      }),
    );
    const observed = await ran(cloud, one);
    if (fails) expect([1, 2]).toContain(observed.code);
    else successful({ ...observed, lines: [] });
    for (const show of Object.values(shows)) show(observed);
  },
  60_000,
);

const transport = ['token', 'insecure_skip_tls_verify', 'x509_cert_path', 'x509_key_path'];
test('the client uses a custom CA, a client certificate and a session token', async () => {
  const pem = (part: string): string => resolve(`test/support/tls/${part}.pem`);
  const [key, cert] = [readFileSync(pem('key')), readFileSync(pem('cert'))];
  let shown: object | undefined;
  const server = await serve(
    [
      (one, response) => {
        const { socket } = one.request;
        shown = 'getPeerCertificate' in socket ? peerOf(socket) : undefined;
        refuses(401, '1', 'AccessDenied')(one, response);
      },
    ],
    { key, cert, requestCert: true, rejectUnauthorized: false },
  );
  const observed = await ran(cloud, {
    config: () => ({
      ...access(),
      omi_name: 'never made',
      custom_endpoint_oapi: server.endpoint,
      token: 'a-session-token',
      insecure_skip_tls_verify: true,
      x509_cert_path: pem('cert'),
      x509_key_path: pem('key'),
    }),
  });
  server.close();
  expect(observed.text).toMatch(/::warning.*insecure_skip_tls_verify/);
  expect(server.received[0]?.headers['x-amz-security-token']).toBe('a-session-token');
  expect(shown).toMatchObject({ subject: { CN: 'localhost' } });
});
const peerOf = (socket: object): object | undefined =>
  isTls(socket) ? socket.getPeerCertificate() : undefined;
const isTls = (socket: object): socket is TLSSocket => 'getPeerCertificate' in socket;

const waits: Readonly<Record<string, readonly [cloud: () => TestCloud, value: string, message: RegExp]>> = {
  volume_timeout: [() => slow, '1s', /::error.*volume vol-\w+ was not ready after 1/],
  stall_timeout: [() => slow, '1s', /::error.*volume vol-\w+ made no progress for 1/],
  image_timeout: [() => slow, '1s', /::error.*OMI ami-\w+ was not ready after 1/],
  transfer_timeout: [() => moving, '1s', /::error.*export snap-export-\w+ was not ready after 1/],
  snapshot_timeout: [() => late, '1s', /::error.*snapshot snap-\w+ was not ready after 1/i],
  queue_timeout: [() => late, '1s', /::error.*snapshot snap-\w+ was still in the queue after 1 s/],
  // Half a minute is how long a disk may take to show itself.
  nvme_device_path: [
    () => cloud,
    '/dev/loop-control',
    /::error.*nvme_device_path: .* is not a disk of this VM.*given: none/,
  ],
};
test('the time limits apply, and a disk that is not that of the volume fails the build', async () => {
  await Promise.all(
    Object.entries(waits).map(async ([option, [at, value, message]]) => {
      const observed = await ran(at(), {
        config: () => ({
          ...access(at()),
          omi_name: `never made for ${option}`,
          [option]: value,
          ...(option === 'transfer_timeout' ? exporting(at()) : {}),
        }),
      });
      expect({ option, code: observed.code, text: observed.text }).toEqual({
        option,
        code: 1,
        text: expect.stringMatching(message),
      });
    }),
  );
}, 90_000);

test('the tests of this file cover every option', () => {
  const observed = Object.values(cases).flatMap(({ shows }) => Object.keys(shows));
  expect([...new Set([...observed, ...transport, ...Object.keys(waits)])].sort()).toEqual(
    Object.keys(optionsOf('build')).sort(),
  );
});
