/**
 * @long It runs a build for each recorded template.
 * @once Minimal answers have no creation dates, which some templates need; source reads such answers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { makeSourceDisk } from '../../src/demo/source-disk.js';
import { step } from '../support/action.js';
import { dist, startCloud, type TestCloud } from '../support/cloud.js';
import {
  addPrograms,
  caseNames,
  compare,
  copyCase,
  folderOf,
  type Json,
  madeFiles,
  type PackerCase,
  readCase,
} from '../support/packer-cases.js';
import type { Ran } from '../support/process.js';
import { onRunner } from '../support/workflow-expression.js';

/** How many emulators work at a time. The templates of one run one after another: they share the OMI name. */
const clouds = 3;

/** Publishes the source OMI of the recordings, and an older one that the same pattern matches. */
async function publishSources(cloud: TestCloud): Promise<string> {
  const disk = join(cloud.folder, 'packer-source.img');
  await makeSourceDisk(disk, join(cloud.folder, 'packer-source'));
  await addPrograms(disk, ['chmod', 'cp', 'cut', 'sort', 'wc']);
  await publishDisk(cloud.api, disk, 'lab-base-other');
  const first = await publishDisk(cloud.api, disk, 'lab-base-first');
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [first] } });
  const snapshot = Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
  const { Image } = await cloud.api.call('CreateImage', {
    ImageName: 'lab-base-debian',
    RootDeviceName: '/dev/sda1',
    Architecture: 'x86_64',
    BootModes: ['legacy'],
    ProductCodes: ['0001'],
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/sda1',
        Bsu: { SnapshotId: snapshot, VolumeType: 'standard', VolumeSize: 1, DeleteOnVmDeletion: true },
      },
    ],
  });
  const source = Image?.ImageId ?? '';
  await cloud.api.call('CreateTags', { ResourceIds: [source], Tags: [{ Key: 'distro', Value: 'lab' }] });
  await cloud.api.call('DeleteImage', { ImageId: first });
  return source;
}

/** A tag of a request. */
const tag = z.object({ Key: z.string(), Value: z.string() });

const tagsOf = (tags: readonly { readonly Key: string; readonly Value: string }[] = []): Json =>
  Object.fromEntries(tags.flatMap(({ Key, Value }) => (Key.startsWith('build-omi:') ? [] : [[Key, Value]])));

/** Replaces what differs in each build, as the recordings do. */
const placeholders = (value: Json): Json =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/ami-[0-9a-f]{8}\b/g, '<ami>')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
      .replaceAll(/"build_time":\d{10}/g, '"build_time":"<seconds>"')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/g, '<time>')
      .replaceAll(/\d{4} \d\d-\d\d/g, '<date>')
      .replaceAll(/ \d{10} /g, ' <seconds> ')
      .replaceAll(/ 20\d\d"/g, ' <date>"'),
  );

/** What a build asked the API for, and what it left: in the form of the recordings. */
async function resultOf(
  cloud: TestCloud,
  outputs: Readonly<Record<string, string>>,
  workspace: string,
  expected: Json,
): Promise<Json> {
  const { api } = cloud;
  const { Images } = await api.call('ReadImages', { Filters: { ImageIds: [outputs['omi-id'] ?? ''] } });
  const { Snapshots } = await api.call('ReadSnapshots', {
    Filters: { SnapshotIds: [outputs['snapshot-id'] ?? ''] },
  });
  const [image] = Images ?? [];
  const [snapshot] = Snapshots ?? [];
  const requests = cloud.requests();
  const created = requests.find(
    ({ operation, request }) => operation === 'CreateVolume' && request.DryRun !== true,
  )?.request;
  const volumeTags = requests.flatMap(({ operation, request }) =>
    operation === 'CreateTags' && String(request.ResourceIds).includes(snapshot?.VolumeId ?? 'none')
      ? z.array(tag).parse(request.Tags)
      : [],
  );
  const recorded =
    typeof expected === 'object' && expected !== null && 'left_beside' in expected
      ? expected.left_beside
      : undefined;
  const beside = Object.keys(recorded ?? {}).filter((name) => existsSync(join(workspace, name)));
  return placeholders({
    omi: {
      name: image?.ImageName ?? '',
      description: image?.Description ?? '',
      boot_modes: image?.BootModes ?? [],
      product_codes: image?.ProductCodes ?? [],
      tags: tagsOf(image?.Tags),
      launch: {
        AccountIds: image?.PermissionsToLaunch?.AccountIds ?? [],
        GlobalPermission: image?.PermissionsToLaunch?.GlobalPermission ?? false,
      },
      mappings: (image?.BlockDeviceMappings ?? []).map(({ DeviceName = '', Bsu }) => ({
        DeviceName,
        Bsu: {
          DeleteOnVmDeletion: Bsu?.DeleteOnVmDeletion ?? null,
          VolumeSize: Bsu?.VolumeSize ?? null,
          VolumeType: Bsu?.VolumeType ?? null,
        },
      })),
    },
    snapshot: {
      tags: tagsOf(snapshot?.Tags),
      create_volume: {
        AccountIds: snapshot?.PermissionsToCreateVolume?.AccountIds ?? [],
        GlobalPermission: snapshot?.PermissionsToCreateVolume?.GlobalPermission ?? false,
      },
    },
    volume: {
      Size: Number(created?.Size ?? snapshot?.VolumeSize),
      VolumeType: String(created?.VolumeType),
      tags: tagsOf(volumeTags),
    },
    files: await madeFiles(cloud, snapshot?.SnapshotId ?? ''),
    ...(recorded === undefined
      ? {}
      : {
          left_beside: Object.fromEntries(
            beside.map((name): [string, Json] => [
              name,
              JSON.parse(readFileSync(join(workspace, name), 'utf8')),
            ]),
          ),
        }),
  });
}

/** Removes the OMI and the snapshot of a build, whose names the next build needs. */
async function removeProducts({ api }: TestCloud, outputs: Readonly<Record<string, string>>): Promise<void> {
  if (outputs['omi-id']) await api.call('DeleteImage', { ImageId: outputs['omi-id'] });
  if (outputs['snapshot-id']) await api.call('DeleteSnapshot', { SnapshotId: outputs['snapshot-id'] });
}

/** The keys of a builder in the names of amazon-chroot. */
const amazonNames: Readonly<Record<string, string>> = {
  source_omi: 'source_ami',
  omi_name: 'ami_name',
  omi_description: 'ami_description',
  omi_account_ids: 'ami_users',
  snapshot_account_ids: 'snapshot_users',
};

/** Rewrites a template for amazon-chroot. */
function inAmazonNames(path: string): void {
  const template: { builders: { [key: string]: Json }[] } = JSON.parse(readFileSync(path, 'utf8'));
  const builders = template.builders.map((builder) => ({
    ...Object.fromEntries(Object.entries(builder).map(([key, value]) => [amazonNames[key] ?? key, value])),
    type: 'amazon-chroot',
    ena_support: 'true',
  }));
  const text = JSON.stringify({ ...template, builders });
  writeFileSync(path, text.replaceAll('.SourceOMI', '.SourceAMI'));
}

interface Compared {
  readonly values: number;
  readonly differences: readonly string[];
}

/** The inputs that concern a template. */
const inputsOf = ({ variables, variableFiles, builder }: PackerCase): Readonly<Record<string, string>> => ({
  variables: Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n'),
  'variable-files': variableFiles.join('\n'),
  builder: builder ?? '',
});

/** Writes the options that a template is converted to in its place. */
function converted(template: string, one: PackerCase, source: string): void {
  const flags = Object.entries(inputsOf(one)).flatMap(([name, value]) =>
    value === '' ? [] : [`--${name}`, value],
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(dist, 'cli.js'), 'convert', template, ...flags],
    { cwd: dirname(template), env: { ...one.env, SOURCE_OMI: source }, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  writeFileSync(template, onRunner(stdout, { PW: 'tops3cret' }));
}

/** Builds a template and compares the build with the recording. */
async function runCase(
  cloud: TestCloud,
  source: string,
  one: PackerCase,
  change: (template: string) => void = () => {},
  inputs = inputsOf(one),
): Promise<Compared> {
  const job = step(cloud, {
    inputs: {
      'source-omi': '',
      // A folder of HCL2 files is a template.
      config: existsSync(join(folderOf(one.name), 'template.json')) ? 'template.json' : '.',
      ...inputs,
    },
    environment: { ...one.env, SOURCE_OMI: source },
  });
  copyCase(one.name, job.workspace);
  change(join(job.workspace, 'template.json'));
  cloud.requests();
  const before = await cloud.resources();
  const main = await job.main();
  const differences = problemsOf(one, main);
  const outputs = job.outputs();
  const compared =
    main.code === 0 && one.expected !== undefined
      ? compare(one.expected, await resultOf(cloud, outputs, job.workspace, one.expected))
      : { values: 0, differences: [] };
  await removeProducts(cloud, outputs);
  const after = await cloud.resources();
  if (after.join() !== before.join()) differences.push(`left: ${after.join(' ')}`);
  const all = [...differences, ...compared.differences];
  return {
    values: compared.values + 2 + one.logWithout.length,
    differences: all.length === 0 ? [] : [`${one.name}: ${all.join('\n  ')}`, main.text.slice(-1500)],
  };
}

function problemsOf({ succeeds, refused, logWithout }: PackerCase, { code, text }: Ran): string[] {
  // Masked values stand only in the commands that mask them.
  const log = text.replaceAll(/^::add-mask::.*$/gm, '');
  return [
    ...((code === 0) === succeeds ? [] : [`exit code ${code}`]),
    ...(refused === undefined || log.includes(refused) ? [] : [`no ${refused} in the error`]),
    ...logWithout.filter((secret) => log.includes(secret)).map((secret) => `${secret} in the log`),
  ];
}

test('each recorded template gives what packer made of it, but for the differences on purpose', async () => {
  const queue = caseNames.map(readCase);
  const results: Compared[] = [];
  await Promise.all(
    Array.from({ length: clouds }, async () => {
      await using cloud = await startCloud();
      const source = await publishSources(cloud);
      for (let one = queue.shift(); one !== undefined; one = queue.shift())
        results.push(await runCase(cloud, source, one));
    }),
  );
  expect(results.flatMap(({ differences }) => differences)).toEqual([]);
  expect(results).toHaveLength(61);
  const values = results.reduce((sum, one) => sum + one.values, 0);
  expect(values).toBeGreaterThanOrEqual(900);
}, 900_000);

test.each([['01-minimal'], ['42-build-data'], ['47-share']])(
  '%s in the names of amazon-chroot gives the same OMI',
  async (name) => {
    await using cloud = await startCloud();
    const source = await publishSources(cloud);
    const { values, differences } = await runCase(cloud, source, readCase(name), inAmazonNames);
    expect(differences).toEqual([]);
    expect(values).toBeGreaterThan(15);
  },
);

test('options that a template was converted to give the OMI of the template', async () => {
  await using cloud = await startCloud();
  const source = await publishSources(cloud);
  const names = ['16-scripts-in-order', '26-file-upload', '39-functions', '42-build-data', '53-from-scratch'];
  for (const one of names.map(readCase)) {
    const toOptions = (template: string): void => converted(template, one, source);
    const { values, differences } = await runCase(cloud, source, one, toOptions, {});
    expect(differences).toEqual([]);
    expect(values).toBeGreaterThan(15);
  }
}, 120_000);
