import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { newWorld, type StoredImage } from '../../../../src/emulator/model/world.js';
import type { Cloud as EmulatorCloud } from '../../../../src/emulator/resources/context.js';
import { readImages } from '../../../../src/emulator/resources/images.js';
import { DeviceLinks } from '../../../../src/emulator/storage/device-links.js';
import { Disks } from '../../../../src/emulator/storage/disks.js';
import { Objects } from '../../../../src/emulator/storage/objects/objects.js';
import { type Operation, operations, type RequestOf, type ResponseOf } from '../../../../src/outscale/api.js';
import type { Cloud } from '../../../../src/outscale/client/client.js';
import { chooseImage, findImages } from '../../../../src/outscale/images/find.js';

const me = '111111111111';
const official = '222222222222';
const partner = '333333333333';
const families = ['debian-12', 'ubuntu-24.04', 'rocky-9'];

/**
 * Image number `n` of 3,000: mine, official and a partner's in turn, each a day younger than the one before.
 */
function imageNumber(n: number): StoredImage {
  const family = families[n % 10 < 5 ? 0 : n % 10 < 8 ? 1 : 2] ?? '';
  return {
    id: `ami-${String(n).padStart(8, '0')}`,
    account: [me, official, partner][n % 3] ?? '',
    created: Date.UTC(2018, 0, 1 + n),
    tags: { number: String(n), team: n % 2 === 0 ? 'even' : 'odd', ...(n === 1500 ? { golden: 'yes' } : {}) },
    name: `${family}/${n % 7 === 0 ? 'server' : 'minimal'}-${String(n).padStart(4, '0')}`,
    architecture: n % 100 === 0 ? 'i386' : 'x86_64',
    mappings: [{ device: '/dev/sda1', snapshot: `snap-${n}`, size: 10 + (n % 5), type: 'gp2' }],
    rootDevice: '/dev/sda1',
    bootModes: n % 4 === 0 ? ['uefi'] : ['legacy'],
    tpmMandatory: n === 2001,
    permissions: { accountIds: [], global: true },
    copies: [],
    description: n % 250 === 1 ? `release (${n}) [final]` : 'nightly',
    productCodes: n % 500 === 2 ? ['0002'] : ['0001'],
  };
}

const images = Object.fromEntries(
  Array.from({ length: 3000 }, (_, n) => imageNumber(n)).map((image) => [image.id, image]),
);
// Four that nobody may be given: the newest of all of each account, but not available.
for (const [index, account] of [me, official, partner, me].entries()) {
  const image = { ...imageNumber(2999), account, id: `ami-failed${index}`, created: Date.UTC(2030, 0, 1) };
  images[image.id] = { ...image, copies: ['snap-that-failed'] };
}

const folder = mkdtempSync(join(tmpdir(), 'disks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const world = { ...newWorld('i-1', me, 'eu-west-2a', 0), images };
const emulator: EmulatorCloud = {
  world,
  settings: {
    region: 'eu-west-2',
    latency: 0,
    snapshotTime: 0,
    transferTime: 0,
    accounts: [
      { id: me, accessKey: '', secretKey: '' },
      { id: official, alias: 'Outscale', accessKey: '', secretKey: '' },
      { id: partner, alias: 'Partner', accessKey: '', secretKey: '' },
    ],
  },
  disks: new Disks(folder),
  objects: new Objects(folder),
  links: new DeviceLinks('api'),
};

/** A cloud that only lists images, and counts the calls. @param shown what its answers keep of an image */
function listing(shown: (image: object) => object = (image) => image): Cloud & { calls: number } {
  const cloud = {
    endpoint: '',
    calls: 0,
    call: async <Op extends Operation>(_: Op, request: RequestOf<Op>): Promise<ResponseOf<Op>> => {
      cloud.calls += 1;
      const asked = operations.ReadImages.request.parse(request);
      const { Images = [], ...rest } = readImages(asked, { account: me, now: Date.UTC(2031) }, emulator)();
      const answer: ResponseOf<Op> = JSON.parse(JSON.stringify({ ...rest, Images: Images.map(shown) }));
      return await Promise.resolve(answer);
    },
    with: () => cloud,
  };
  return cloud;
}

const n = (number: number): string => `ami-${String(number).padStart(8, '0')}`;

interface Case {
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  readonly owners?: readonly string[];
  readonly recent?: boolean;
  readonly pin?: string;
  /** The ID that is chosen, or what the refusal says. */
  readonly chosen: string | RegExp;
  readonly calls: number;
}

const cases: Readonly<Record<string, Case>> = {
  'all of one owner, the newest': { recent: true, chosen: n(2997), calls: 1 },
  'all of an alias, the newest': { owners: ['Outscale'], recent: true, chosen: n(2998), calls: 1 },
  'an alias in other letters is another alias': {
    owners: ['outscale'],
    recent: true,
    chosen: /no available/,
    calls: 1,
  },
  'an account ID': { owners: [partner], recent: true, chosen: n(2999), calls: 1 },
  'self and its own ID are one': { owners: ['self', me], recent: true, chosen: n(2997), calls: 1 },
  'two IDs are asked for together': { owners: ['self', partner], recent: true, chosen: n(2999), calls: 2 },
  'two aliases are asked for together': {
    owners: ['Outscale', 'Partner'],
    recent: true,
    chosen: n(2999),
    calls: 2,
  },
  'an ID and an alias are asked for apart': {
    owners: ['self', 'Outscale'],
    recent: true,
    chosen: n(2998),
    calls: 2,
  },
  'everybody: 2,970 OMIs on three pages': {
    owners: [me, official, partner],
    recent: true,
    chosen: n(2999),
    calls: 3,
  },
  'an owner without OMIs': { owners: ['999999999999'], recent: true, chosen: /no available/, calls: 1 },
  'several match and none is preferred': { chosen: /990 OMIs match/, calls: 1 },
  'an exact name': { filters: { 'image-name': ['debian-12/minimal-0003'] }, chosen: n(3), calls: 1 },
  'the short name of that filter': { filters: { name: ['debian-12/minimal-0003'] }, chosen: n(3), calls: 1 },
  'the native name of that filter': {
    filters: { ImageNames: ['debian-12/minimal-0003'] },
    chosen: n(3),
    calls: 1,
  },
  'a star at the end': { filters: { name: ['ubuntu-24.04/*'] }, recent: true, chosen: n(2997), calls: 1 },
  'a star in the middle': { filters: { name: ['*/server-*'] }, recent: true, chosen: n(2982), calls: 1 },
  'a question mark': { filters: { name: ['debian-12/minimal-000?'] }, chosen: n(3), calls: 1 },
  'a question mark is one character': {
    filters: { name: ['debian-12/minimal-?'] },
    chosen: /no available/,
    calls: 1,
  },
  'a dot is a dot': { filters: { name: ['ubuntu-24?04/*-0006'] }, chosen: n(6), calls: 1 },
  'a dot is not any character': { filters: { name: ['debian.12/*'] }, chosen: /no available/, calls: 1 },
  'a name has alternatives': {
    filters: { name: ['*-0003', '*-0006'] },
    recent: true,
    chosen: n(6),
    calls: 1,
  },
  'both names of a filter must fit': {
    filters: { name: ['debian-12/*'], ImageNames: ['*-0003'] },
    chosen: n(3),
    calls: 1,
  },
  'an ID': { filters: { 'image-id': [n(300 + 3)] }, chosen: n(303), calls: 1 },
  'an ID of another owner': { filters: { 'image-id': [n(1)] }, chosen: /no available/, calls: 1 },
  'a pin that matches': { filters: { name: ['debian-12/*'] }, pin: n(3), chosen: n(3), calls: 1 },
  'a pin that does not match': {
    filters: { name: ['rocky-9/*'] },
    pin: n(3),
    chosen: /no available/,
    calls: 1,
  },
  'no other architecture by itself': { filters: { 'image-id': [n(300)] }, chosen: /no available/, calls: 1 },
  'another architecture when it is named': {
    filters: { architecture: ['i386'] },
    recent: true,
    chosen: n(2700),
    calls: 1,
  },
  'the words that say nothing': {
    filters: { 'virtualization-type': ['hvm'], 'root-device-type': ['ebs'], name: ['*-0003'] },
    chosen: n(3),
    calls: 1,
  },
  'a root device that Outscale does not have': {
    filters: { 'root-device-type': ['instance-store'] },
    recent: true,
    chosen: /no available/,
    calls: 1,
  },
  'a description with a star and brackets': {
    owners: [official],
    filters: { description: ['release (*) [final]'] },
    recent: true,
    chosen: n(2251),
    calls: 1,
  },
  'a state that is not available': {
    filters: { state: ['failed'] },
    recent: true,
    chosen: /no available/,
    calls: 1,
  },
  'the value of a tag': {
    filters: { 'tag:golden': ['yes'], architecture: ['i386'] },
    chosen: n(1500),
    calls: 1,
  },
  'two tags are both required': {
    filters: { 'tag:team': ['odd'], 'tag:number': ['6', '9'] },
    chosen: n(9),
    calls: 1,
  },
  'a tag with a star': { filters: { 'tag:number': ['299?'] }, recent: true, chosen: n(2997), calls: 1 },
  'a boot mode, a size and a product code': {
    owners: [official],
    filters: { 'boot-mode': ['legacy'], BlockDeviceMappingVolumeSizes: ['12'], 'product-code': ['0002'] },
    recent: true,
    chosen: n(2002 + 0),
    calls: 1,
  },
  'a flag': { filters: { TpmMandatory: ['True'] }, chosen: n(2001), calls: 1 },
};

const choose = async (cloud: Cloud, one: Case): Promise<string | undefined> => {
  const { filters = {}, owners = ['self'], pin, recent = false } = one;
  const wanted = { filters: new Map(Object.entries(filters)), owners, pin, architecture: 'x86_64' };
  return chooseImage(await findImages(cloud, me, wanted), recent).ImageId;
};

test('there are more than 35 cases', () => {
  expect(Object.keys(cases).length).toBeGreaterThanOrEqual(36);
});

test.each(Object.entries(cases))('of 3,000 OMIs: %s', async (_, one) => {
  const cloud = listing();
  const chosen = choose(cloud, one);
  if (typeof one.chosen === 'string') expect(await chosen).toBe(one.chosen);
  else await expect(chosen).rejects.toThrow(one.chosen);
  expect(cloud.calls).toBe(one.calls);
});

test('an OMI without the filtered field in the response is accepted: the API has applied the filter', async () => {
  const cloud = listing((image) =>
    'ImageId' in image ? { ImageId: image.ImageId, State: 'available' } : {},
  );
  expect(await choose(cloud, { filters: { name: ['debian-12/minimal-0003'] }, chosen: '', calls: 1 })).toBe(
    n(3),
  );
});

test.each([
  [{ 'virtualization-type': ['paravirtual'] }, /must be hvm/],
  [{ BlockDeviceMappingVolumeSizes: ['ten'] }, /whole number/],
  [{ SecureBoot: ['maybe'] }, /true or false/],
  [{ 'no-such-filter': ['x'] }, /not a known OMI filter/],
])('the filter %j is refused before any call', async (filters: Record<string, string[]>, message) => {
  const cloud = listing();
  await expect(choose(cloud, { filters, chosen: '', calls: 0 })).rejects.toThrow(message);
  expect(cloud.calls).toBe(0);
});

test('the newest of several cannot be determined without dates', async () => {
  const cloud = listing((image) => ({ ...image, CreationDate: undefined }));
  await expect(choose(cloud, { recent: true, chosen: '', calls: 1 })).rejects.toThrow(
    /cannot determine the most recent OMI/,
  );
});
