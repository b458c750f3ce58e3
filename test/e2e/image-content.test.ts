/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { manifestAt } from '../support/manifest.js';
import { mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';
import { users } from '../support/users.js';

const cloud = useCloud();

const install = `
  mkdir -p /var/lib/dpkg /etc/systemd/system/multi-user.target.wants
  printf 'Package: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2\n' > /var/lib/dpkg/status
  echo 'alice:x:1000:1000::/home/alice:/bin/sh' >> /etc/passwd
  : > /etc/systemd/system/multi-user.target.wants/nginx.service
`;
const changed = /^Changed {2}1 package added; unit nginx\.service enabled; user alice added; \+0 MiB$/m;
const manifestOf = (outputs: Readonly<Record<string, string>>): Record<string, unknown> =>
  manifestAt(outputs.manifest);

test('the log, the summary and the manifest of a build say what has changed in the image', async () => {
  const job = step(cloud, { inputs: { 'omi-name': 'changed', run: install } });
  expect(successful(await job.main()).text).toMatch(changed);
  expect(job.summary()).toMatch(/^\*\*Changed in the image\*\*: 1 package added; /m);
  expect(job.summary()).toContain('| nginx | `added 1.2` |');
  expect(manifestOf(job.outputs()).changes).toMatchObject({
    packages: { added: [{ name: 'nginx', version: '1.2', architecture: 'amd64' }] },
    units: { added: ['nginx.service'] },
    users: { added: ['alice'], removed: [] },
  });
});

test('commit says what has changed since mount', async () => {
  await using halves = await mounted(cloud, 'changed between');
  await halves.inside(install);
  const end = halves.commit();
  expect(successful(await end.main()).text).toMatch(changed);
  expect(manifestAt(end.outputs().manifest)).toMatchObject({
    changes: { users: { added: ['alice'] } },
    options: { source_omi: cloud.source, omi_name: 'changed between' },
  });
});

/** Lists what it reads in the database as a package, and the network interfaces as its version. */
const rpm = `#!/bin/sh
while read -r line; do printf '%s\\t%s\\tx86_64\\n' "$line" "$(grep -c : /proc/net/dev)"; done < "$2/rpmdb.sqlite"
echo written > "$2/lock"`;

test('packages of rpm are read by the rpm of the image, without network, from a copy', async () => {
  const run = `
    mkdir -p /usr/bin /var/lib/rpm
    echo bash > /var/lib/rpm/rpmdb.sqlite
    cat > /usr/bin/rpm <<'END'
${rpm}
END
    chmod +x /usr/bin/rpm`;
  const job = step(cloud, { inputs: { 'omi-name': 'rpm', run } });
  successful(await job.main());
  expect(manifestOf(job.outputs()).changes).toMatchObject({
    packages: { added: [{ name: 'bash', version: '1', architecture: 'x86_64' }] },
  });
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.list('/var/lib/rpm')).toEqual(['rpmdb.sqlite']);
});

test('an rpm that fails is a notice', async () => {
  const run = `
    mkdir -p /usr/bin /var/lib/rpm
    echo bash > /var/lib/rpm/rpmdb.sqlite
    printf '#!/bin/sh\\nexit 3\\n' > /usr/bin/rpm
    chmod +x /usr/bin/rpm`;
  const job = step(cloud, { inputs: { 'omi-name': 'broken rpm', run } });
  expect(successful(await job.main()).text).toMatch(
    /^::notice.*Inventory incomplete: Packages not read: rpm of the image exited with 3/m,
  );
});

const idOf = 'echo 0123456789abcdef0123456789abcdef > /etc/machine-id';

test('lint tells apart what a build brought and what the source had, and fail stops before the snapshot', async () => {
  const job = step(cloud, { inputs: { 'omi-name': 'linted', run: idOf } });
  const { text } = successful(await job.main());
  expect(text).toMatch(/^::warning::Lint: machine-id: \/etc\/machine-id contains an ID/m);
  expect(text).toMatch(/^::notice::Lint: first-login: .*; install cloud-init \(also in the source\)$/m);
  expect(job.summary()).toMatch(/^\| machine-id \| `\/etc\/machine-id` contains an ID/m);
  expect(manifestOf(job.outputs()).lint).toContainEqual(
    expect.objectContaining({ rule: 'machine-id', file: '/etc/machine-id', inSource: false }),
  );
  const strict = step(cloud, { inputs: { 'omi-name': 'strict', run: idOf, lint: 'fail' } });
  const ran = await strict.main();
  expect(ran.code).toBe(1);
  expect(ran.text).toMatch(/^::error.*lint: the image breaks rules in \d+ places.*machine-id: /m);
  expect(strict.outputs()['snapshot-id']).toBeUndefined();
});

test('commit checks the image, and lint: off checks nothing', async () => {
  await using halves = await mounted(cloud, 'linted between');
  await halves.inside(idOf);
  expect(
    (await halves.commit({ lint: 'fail', 'lint-ignore': 'boot-loader\nfirst-login' }).main()).text,
  ).toMatch(/^::error.*lint: the image breaks a rule.*machine-id: /m);
  const end = halves.commit({ lint: 'off' });
  expect(successful(await end.main()).text).not.toContain('Lint: ');
  expect(manifestOf(end.outputs())).not.toHaveProperty('lint');
});

test('seal removes what lint would find', async () => {
  const run = `${idOf}; mkdir -p /etc/ssh /var/log; echo key > /etc/ssh/ssh_host_rsa_key; echo line > /var/log/syslog`;
  const job = step(cloud, { inputs: { 'omi-name': 'sealed', run, seal: 'true' } });
  const { text } = successful(await job.main());
  expect(text).toMatch(/^Sealed host-keys: \/etc\/ssh\/ssh_host_rsa_key$/m);
  expect(text).not.toMatch(/Lint: (machine-id|ssh-host-keys)/);
  await using snapshot = await openSnapshot(cloud, job.outputs()['snapshot-id'] ?? '');
  expect(await snapshot.read('/etc/machine-id')).toBe('');
  expect(await snapshot.read('/var/log/syslog')).toBe('');
  expect(await snapshot.list('/etc/ssh')).toEqual([]);
});

/** The components of the SBOM that a step has written. */
const bomOf = (outputs: Readonly<Record<string, string>>): Record<string, unknown> =>
  JSON.parse(readFileSync(outputs.sbom ?? '', 'utf8'));

test.each(users)(
  'as %s, an SBOM lists the packages, belongs to the user, and names the OMI',
  async (user) => {
    const job = step(cloud, { user, inputs: { 'omi-name': `listed ${user}`, run: install, sbom: 'true' } });
    successful(await job.main());
    const { sbom = '', 'omi-id': version, 'build-id': id } = job.outputs();
    expect(basename(sbom)).toBe(`build-omi-${id}.cdx.json`);
    expect(statSync(sbom).uid).toBe(statSync(job.outputs().manifest ?? '').uid);
    expect(bomOf(job.outputs())).toMatchObject({
      metadata: { component: { name: `listed ${user}`, version } },
      components: [{ name: 'nginx', version: '1.2', purl: 'pkg:deb/demo/nginx@1.2?arch=amd64&distro=demo' }],
    });
    const sha256 = createHash('sha256').update(readFileSync(sbom)).digest('hex');
    expect(manifestOf(job.outputs()).sbom).toEqual({ path: sbom, sha256 });
  },
);

test('commit writes an SBOM, and an impossible path fails before anything is created', async () => {
  await using halves = await mounted(cloud, 'listed between');
  await halves.inside(install);
  const refused = await halves.commit({ sbom: '/missing/image.json' }).main();
  expect(refused.text).toMatch(/^::error.*sbom: \/missing is not a directory/m);
  const end = halves.commit({ sbom: join(cloud.folder, 'image.cdx.json') });
  successful(await end.main());
  expect(bomOf(end.outputs())).toMatchObject({
    metadata: { component: { version: end.outputs()['omi-id'] } },
    components: [{ name: 'nginx' }],
  });
});

test('an SBOM whose packages cannot be read fails the build before the snapshot', async () => {
  const run = 'mkdir -p /var/lib/dpkg; truncate -s 1G /var/lib/dpkg/status';
  const job = step(cloud, { inputs: { 'omi-name': 'unlisted', run, sbom: 'true' } });
  const ran = await job.main();
  expect(ran.code).toBe(1);
  expect(ran.text).toMatch(/^::error title=Write SBOM::sbom: Packages not read: .*larger than the limit/m);
  expect(job.outputs()).not.toHaveProperty('snapshot-id');
  expect(job.outputs()).not.toHaveProperty('sbom');
});
