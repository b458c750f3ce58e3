import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { expect, test } from '@jest/globals';
import { readApk } from '../../../src/quality/inventory/apk.js';
import { readDpkg } from '../../../src/quality/inventory/dpkg.js';
import { packagesOfRpm } from '../../../src/quality/inventory/rpm.js';
import type { Package, PackageManager } from '../../../src/quality/inventory/types.js';
import { bomText } from '../../../src/quality/sbom/bom.js';
import { distributionOf } from '../../../src/quality/sbom/distribution.js';
import { readDebianLicenses } from '../../../src/quality/sbom/licenses.js';
import { imageOf, type TestImage } from './image.js';

const signal = AbortSignal.timeout(60_000);

interface BomComponent {
  readonly name: string;
  readonly purl?: string;
  readonly licenses?: readonly Readonly<Record<string, unknown>>[];
}

interface ParsedBom {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly components: readonly BomComponent[];
}

/** Writes the SBOM, and checks it against the official schema of CycloneDX 1.6. */
async function sbomOf(
  image: TestImage,
  manager: PackageManager | undefined,
  packages: readonly Package[] = [],
): Promise<ParsedBom> {
  const { of: licenses } =
    manager === 'dpkg' ? await readDebianLicenses(image.tree, packages, signal) : { of: new Map() };
  const text = bomText(
    { manager, packages, licenses, distribution: distributionOf(image.tree) },
    {
      name: 'web 1',
      version: 'ami-12345678',
      properties: { 'build-id': '0123456789ab' },
      serial: '3e671687-395b-41f5-a30f-a58921a69b79',
      createdAt: new Date('2026-11-25T10:00:00Z'),
    },
  );
  expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
  const parsed: ParsedBom = JSON.parse(text);
  return parsed;
}

const osRelease = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n';
const status = (...names: string[]): string =>
  names
    .map(
      (name) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.22.1-9+deb12u1\n`,
    )
    .join('\n');
const copyright = (...licenses: string[]): string =>
  `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n${licenses
    .map((one) => `\nFiles: *\nCopyright: x\nLicense: ${one}\n Text\n`)
    .join('')}`;

test('the SBOM of a Debian image', async () => {
  using image = imageOf({
    '/etc/os-release': osRelease,
    '/var/lib/dpkg/status': status('nginx', 'perl', 'old', 'none'),
    '/usr/share/doc/nginx/copyright': copyright('BSD-2-clause', 'Expat', 'BSD-2-clause', 'nginx special'),
    '/usr/share/doc/old/copyright': 'License: this is free text\n',
    '/usr/share/doc/perl/copyright': copyright('GPL-1+ or Artistic'),
  });
  const { metadata, components } = await sbomOf(image, 'dpkg', readDpkg(image.tree));
  expect(metadata).toMatchObject({
    timestamp: '2026-11-25T10:00:00.000Z',
    tools: { components: [{ name: 'build-omi', type: 'application' }] },
    component: {
      type: 'operating-system',
      name: 'web 1',
      version: 'ami-12345678',
      properties: [
        { name: 'build-omi:build-id', value: '0123456789ab' },
        { name: 'build-omi:distribution', value: 'Debian GNU/Linux 12 (bookworm)' },
      ],
    },
  });
  const purl = (name: string): string =>
    `pkg:deb/debian/${name}@1:1.22.1-9+deb12u1?arch=amd64&distro=debian-12`;
  const acknowledgement = 'declared';
  expect(components).toMatchObject([
    {
      name: 'nginx',
      version: '1:1.22.1-9+deb12u1',
      purl: purl('nginx'),
      licenses: [
        { license: { name: 'nginx special', acknowledgement } },
        { license: { id: 'BSD-2-Clause', acknowledgement } },
        { license: { id: 'MIT', acknowledgement } },
      ],
    },
    { name: 'none', purl: purl('none') },
    { name: 'old', purl: purl('old') },
    {
      name: 'perl',
      licenses: [{ expression: 'GPL-1.0-or-later OR Artistic-1.0-Perl', acknowledgement }],
    },
  ]);
  expect(components.filter(({ licenses }) => licenses !== undefined)).toHaveLength(2);
});

test('the SBOM of an Alpine image', async () => {
  using image = imageOf({
    '/etc/os-release': "ID=alpine\nVERSION_ID='3.20.3'\n",
    '/lib/apk/db/installed':
      'P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\nP:busybox\nV:1.36-r5\nA:x86_64\nL:GPL-2.0-only AND BSD-2-Clause\n',
  });
  const { components } = await sbomOf(image, 'apk', readApk(image.tree));
  expect(components).toMatchObject([
    {
      purl: 'pkg:apk/alpine/busybox@1.36-r5?arch=x86_64&distro=alpine-3.20.3',
      licenses: [{ expression: 'GPL-2.0-only AND BSD-2-Clause' }],
    },
    {
      purl: 'pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3',
      licenses: [{ license: { id: 'MIT' } }],
    },
  ]);
});

test('the SBOM of an image with rpm', async () => {
  using image = imageOf({ '/usr/lib/os-release': 'ID="rocky"\nVERSION_ID="9.4"\n' });
  const packages = packagesOfRpm([
    'bash\t5.1.8-9.el9\tx86_64\tGPLv3+',
    'openssl\t1:3.0.7-27.el9\tx86_64\tApache-2.0',
  ]);
  const { components } = await sbomOf(image, 'rpm', packages);
  expect(components).toMatchObject([
    {
      purl: 'pkg:rpm/rocky/bash@5.1.8-9.el9?arch=x86_64&distro=rocky-9.4',
      licenses: [{ license: { name: 'GPLv3+' } }],
    },
    {
      purl: 'pkg:rpm/rocky/openssl@3.0.7-27.el9?arch=x86_64&distro=rocky-9.4&epoch=1',
      licenses: [{ license: { id: 'Apache-2.0' } }],
    },
  ]);
});

test('the SBOM of an image without a package database lists no packages', async () => {
  using image = imageOf();
  expect((await sbomOf(image, undefined)).components).toEqual([]);
});

test('hostile packages and copyright files end in a valid SBOM', async () => {
  using image = imageOf({ '/etc/os-release': `ID=../x\nPRETTY_NAME="\u001b[31m${'x'.repeat(5000)}"\n` });
  const huge = '/usr/share/doc/huge/copyright';
  image.write(huge, '');
  truncateSync(image.at(huge), 1e9);
  symlinkSync('copyright', image.at('/usr/share/doc/cyclic/copyright'));
  symlinkSync('/etc/shadow', image.at('/usr/share/doc/linked/copyright'));
  mkdirSync(image.at('/usr/share/doc/folder/copyright'), { recursive: true });
  image.write(
    '/usr/share/doc/many/copyright',
    copyright(...Array.from({ length: 5000 }, (_, at) => `L-${at}`)),
  );
  const names = [
    'huge',
    'cyclic',
    'linked',
    'folder',
    'many',
    '../../../etc/passwd',
    '\u0000\u001b',
    'a b?c#d@e/f',
    ' ',
  ];
  const packages = names.map((name) => ({ name, version: `1 ?#@/\u0007${name}`, architecture: '&=' }));
  const { of, problems } = await readDebianLicenses(image.tree, packages, signal);
  expect(of.get('many')).toHaveLength(100);
  expect([...of.values()].flat()).toHaveLength(100);
  expect(problems).toEqual([
    'license of huge: /usr/share/doc/huge/copyright of the image is larger than the limit of 4 MiB',
    expect.stringMatching(/^license of cyclic: .*too many levels of symbolic links/),
  ]);
  const { components } = await sbomOf(image, 'dpkg', packages);
  expect(components.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  for (const { purl } of components) expect(purl ?? 'pkg:').toMatch(/^pkg:[\x21-\x7e]*$/);
});
