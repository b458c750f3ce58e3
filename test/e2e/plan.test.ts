import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { bootCode, writesBootCode } from '../support/boot-sector.js';
import { type Recorded, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { type Ran, successful } from '../support/process.js';
import { users } from '../support/users.js';

const cloud = useCloud();

const inputs = {
  'omi-name': 'planned {{.SourceOMIName}}',
  'omi-description': 'first',
  'root-volume-size': '2',
  'root-volume-tags': 'of=volume',
  'pre-mount-commands': JSON.stringify(['true {{.Device}}', writesBootCode(bootCode('web login: '))]),
  'post-mount-commands': 'ls {{.MountPath}}',
  files: '/etc/hostname:/etc/planned',
  run: 'echo built',
  tags: 'from={{.SourceOMI}}',
  'omi-account-ids': '123456789012',
  seal: 'machine-id',
  sbom: 'true',
  cache: '/var/cache/things',
  'boot-test': 'bios',
};

/** The release of what a build created is announced with its creation. */
const undo = /^(End namespaces|Remove \/|Detach volume |Delete volume )/;

const changes = (requests: readonly Recorded[]): Recorded[] =>
  requests.filter(({ operation, request }) => !operation.startsWith('Read') && request.DryRun !== true);

/** The titles that a plan announces, in order. */
const announced = ({ lines }: Ran): string[] =>
  lines.flatMap(({ line }) => /^\d+\. (.*)$/.exec(line)?.[1] ?? []);

const planOf = async (job: Step): Promise<Ran> => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  cloud.requests();
  const ran = await job.main();
  const requests = cloud.requests();
  expect(changes(requests)).toEqual([]);
  expect(requests.length).toBeGreaterThan(1);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(existsSync(job.stateDir)).toBe(false);
  return ran;
};

test.each(users)(
  'as %s, dry-run changes nothing and announces each step of the build that follows',
  async (user) => {
    const one = { ...inputs, 'omi-name': `${inputs['omi-name']} ${user}` };
    const planned = step(cloud, { user, inputs: { ...one, 'dry-run': 'true' } });
    const plan = successful(await planOf(planned));
    expect(Object.keys(planned.outputs()).toSorted()).toEqual(['region', 'source-omi-id']);
    expect(successful(await planned.post()).text).not.toContain('::warning');
    const built = step(cloud, { user, inputs: one });
    successful(await built.main());
    const { timings }: { timings: { phase: string }[] } = JSON.parse(
      readFileSync(built.outputs().manifest ?? '', 'utf8'),
    );
    const phases = timings
      .map(({ phase }) => phase)
      .filter((phase) => !/^Check$|^End /.test(phase) && !undo.test(phase));
    const titles = announced(plan);
    expect(titles.filter((title) => phases.includes(title))).toEqual(phases);
    // Only what depends on the disk may be announced and not done.
    expect(titles.filter((title) => !phases.includes(title) && title !== 'Trim')).toEqual([]);
    for (const detail of [
      /^Plan for OMI planned story-source .* from ami-\w+ story-source$/m,
      /^Account \d{12}, region eu-west-2, i-\w+ in eu-west-2a$/m,
      /^ {3}from snap-\w+: 2 GiB/m,
      /^ {3}tags: of=volume$/m,
      /^ {3}to i-\w+ as \/dev\/(sd|xvd)\w+$/m,
      /^ {3}\$ true \{\{\.Device\}\}$/m,
      /^ {3}the root partition and filesystem are grown$/m,
      /^ {3}\/etc\/hostname → \/etc\/planned$/m,
      /^ {3}tags: from=ami-\w+$/m,
      /^ {3}machine-id$/m,
      /^ {3}lint: warn$/m,
      /^ {3}in QEMU: bios$/m,
      /^ {3}OMI with 123456789012$/m,
      /^CreateVolume is permitted$/m,
    ])
      expect(plan.text).toMatch(detail);
  },
);

test('a plan of a replacement announces it', async () => {
  successful(await step(cloud, { inputs: { 'omi-name': 'replaced', run: 'true' } }).main());
  const again = { 'omi-name': 'replaced', run: 'true', 'dry-run': 'true' };
  const plan = successful(await planOf(step(cloud, { inputs: { ...again, 'force-deregister': 'true' } })));
  expect(announced(plan)).toContain('Remove replaced OMI');
  const refused = await planOf(step(cloud, { inputs: again }));
  expect(refused.code).toBe(1);
  expect(refused.text).toMatch(
    /::error title=Check::omi_name: this account already has an OMI named replaced/,
  );
});

test.each(['CreateVolume', 'CreateTags', 'CreateImage'])(
  'a missing permission for %s is named',
  async (operation) => {
    cloud.fail([{ operation, fault: 'refuse', status: 401, code: '4', type: 'AccessDenied' }]);
    const one = { 'omi-name': 'never made', tags: 'a=b', 'dry-run': 'true' };
    const ran = await planOf(step(cloud, { inputs: one }));
    cloud.fail([]);
    expect(ran.code).toBe(1);
    expect(ran.text).toMatch(new RegExp(`::error title=Check::${operation} `));
  },
);

test('a plan without tags of the user succeeds without CreateTags, with a warning', async () => {
  cloud.fail([
    { operation: 'CreateTags', fault: 'refuse', status: 401, code: '4', type: 'AccessDenied', times: 9 },
  ]);
  const ran = await planOf(step(cloud, { inputs: { 'omi-name': 'never made', 'dry-run': 'true' } }));
  cloud.fail([]);
  expect(successful(ran).text).toMatch(/^::warning.*CreateTags is not permitted/m);
});

test('invalid options of a plan have exit code 2, and dry_run may be in the file', async () => {
  const config = 'dry_run: true\nomi_name: x {{.Foo}}';
  cloud.requests();
  const { code, text } = await step(cloud, { inputs: { config } }).main();
  expect(code).toBe(2);
  expect(text).toContain('uses .Foo');
  const plan = successful(
    await planOf(step(cloud, { inputs: { config: 'dry_run: true\nomi_name: from the file' } })),
  );
  expect(announced(plan)).toContain('Register OMI');
});
