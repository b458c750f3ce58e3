/** @long It installs Debian. */
import { readFileSync } from 'node:fs';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { debianDisk } from '../support/debian.js';
import { manifestAt } from '../support/manifest.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const limit = 600_000;

/** What a build of an image says about its packages. */
interface Built {
  readonly omi: string;
  readonly text: string;
  readonly manifest: Record<string, unknown>;
  /** Package URL and licenses of each component of the SBOM. */
  readonly packages: readonly { readonly purl: string; readonly licenses?: unknown }[];
}

async function built(source: string, name: string, run: string): Promise<Built> {
  const job = step(cloud, {
    limit,
    inputs: { 'source-omi': source, 'omi-name': name, run, sbom: 'true' },
  });
  const { text } = successful(await job.main());
  const outputs = job.outputs();
  const sbom = readFileSync(outputs.sbom ?? '', 'utf8');
  expect(await new JsonStrictValidator(Version.v1dot6).validate(sbom)).toBeNull();
  const { components }: { components: Built['packages'] } = JSON.parse(sbom);
  const packages = components.map(({ purl, licenses }) =>
    licenses === undefined ? { purl } : { purl, licenses },
  );
  return { omi: outputs['omi-id'] ?? '', text, manifest: manifestAt(outputs.manifest), packages };
}

const spec = (name: string, fields: string): string =>
  `Name: ${name}\nVersion: 1.0\nRelease: 2\n${fields}\nBuildArch: noarch\nSummary: of a test\n%description\nof a test\n%files`;

/** Installs the rpm of Debian, builds two packages with it, and makes the image one of rpm alone. */
const makeRpmImage = `
  apt-get -qq update
  apt-get -qq -y --no-install-recommends install rpm
  mkdir /root/specs
  cat >/root/specs/base.spec <<'SPEC'
${spec('base', 'License: MIT')}
SPEC
  cat >/root/specs/added.spec <<'SPEC'
${spec('added', 'Epoch: 3\nLicense: GPL-2.0-or-later AND MIT')}
SPEC
  for spec in /root/specs/*.spec; do rpmbuild --quiet -bb --define '_rpmdir /root/packages' "$spec"; done
  rpm --dbpath /var/lib/rpm --initdb
  rpm --dbpath /var/lib/rpm --install --nodeps /root/packages/noarch/base-1.0-2.noarch.rpm
  rm -r /var/lib/dpkg/status /etc/os-release
  printf 'ID=rocky\\nVERSION_ID="9.4"\\n' >/etc/os-release`;

test(
  'the packages of an image with rpm are read with its own rpm, before and after the build',
  async () => {
    const debian = await publishDisk(cloud.api, await debianDisk(), 'debian');
    const base = await built(debian, 'with rpm', makeRpmImage);
    const ofBase = {
      purl: 'pkg:rpm/rocky/base@1.0-2?arch=noarch&distro=rocky-9.4',
      licenses: [{ license: { id: 'MIT', acknowledgement: 'declared' } }],
    };
    expect(base.packages).toEqual([ofBase]);
    const install =
      'rpm --dbpath /var/lib/rpm --install --nodeps /root/packages/noarch/added-1.0-2.noarch.rpm';
    const { packages, manifest, text } = await built(base.omi, 'with one more', install);
    expect(text).toMatch(/^Changed +1 package added/m);
    expect(text).not.toContain('Inventory incomplete');
    expect(manifest).toMatchObject({
      changes: {
        packages: {
          added: [{ name: 'added', version: '3:1.0-2', architecture: 'noarch' }],
          removed: [],
          updated: [],
        },
      },
    });
    expect(packages).toEqual([
      {
        purl: 'pkg:rpm/rocky/added@1.0-2?arch=noarch&distro=rocky-9.4&epoch=3',
        licenses: [{ expression: 'GPL-2.0-or-later AND MIT', acknowledgement: 'declared' }],
      },
      ofBase,
    ]);
  },
  limit,
);

/** An entry of the database of apk, with every kind of field of its package, folders and files. */
const apkEntry = (name: string, version: string, license: string): string => `C:Q1${'A'.repeat(27)}=
P:${name}
V:${version}
A:x86_64
S:1000
I:2000
T:A package: of a test
U:https://example.com/
L:${license}
o:${name}
m:A Maintainer <maintainer@example.com>
t:1700000000
c:${'0'.repeat(40)}
D:so:libc.musl-x86_64.so.1 !other
p:cmd:${name}=${version}
F:usr/bin
M:0:0:755
R:${name}
a:0:0:4755
Z:Q1${'B'.repeat(27)}=
`;

/** Adds a package to the database, as apk does. */
const addApk = (name: string, version: string, license: string): string =>
  `cat >>/lib/apk/db/installed <<'ENTRY'\n${apkEntry(name, version, license)}\nENTRY\n`;

test(
  'the packages of an image with a database of apk, before and after the build',
  async () => {
    const base = await built(
      cloud.source,
      'with apk',
      `mkdir -p /lib/apk/db\nprintf 'ID=alpine\\nVERSION_ID=3.20.3\\n' >/etc/os-release\n${addApk('musl', '1.2.5-r0', 'MIT')}`,
    );
    const musl = {
      purl: 'pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3',
      licenses: [{ license: { id: 'MIT', acknowledgement: 'declared' } }],
    };
    expect(base.packages).toEqual([musl]);
    const add = addApk('busybox', '1.36.1-r29', 'GPL-2.0-only AND bzip2-1.0.6');
    const { packages, manifest } = await built(base.omi, 'with busybox', add);
    expect(manifest).toMatchObject({
      changes: {
        packages: { added: [{ name: 'busybox', version: '1.36.1-r29' }], removed: [], updated: [] },
      },
    });
    expect(packages).toEqual([
      {
        purl: 'pkg:apk/alpine/busybox@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3',
        licenses: [{ expression: 'GPL-2.0-only AND bzip2-1.0.6', acknowledgement: 'declared' }],
      },
      musl,
    ]);
  },
  limit,
);
