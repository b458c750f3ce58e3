import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { type Operation, operations } from '../../../src/outscale/api.js';

/** As much of JSON Schema as both sides use, without descriptions and limits. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

const names = Object.keys(operations).filter((name): name is Operation => name in operations);
const ours = (name: Operation, side: 'request' | 'response'): Schema =>
  JSON.parse(
    JSON.stringify(z.toJSONSchema(operations[name][side], { io: side === 'request' ? 'input' : 'output' })),
  );

/** FiltersVm has 66 filters; this project declares those on the VM and its disks. */
const chosen = ['ReadVms.Filters'];

/** Fields that the real API answers (recorded) and the description does not have. */
const recorded = ['ReadVms.Vms[].ShutdownBehaviorConfiguration'];

/** Every way in which our schema differs from the described one; a response may leave fields out. */
function differences(mine: Schema, described: Schema, whole: boolean, at: string): string[] {
  const theirs = resolve(described);
  const type = theirs.type ?? (theirs.oneOf ? resolve(theirs.oneOf[0] ?? {}).type : undefined);
  const found: string[] = [];
  const same = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b))
      found.push(`${at}: ${what} ${JSON.stringify(a)}, described as ${JSON.stringify(b)}`);
  };
  same('type', mine.type, type);
  same('values', [...(mine.enum ?? [])].sort(), [...(theirs.enum ?? [])].sort());
  same('required', [...(mine.required ?? [])].sort(), [...(theirs.required ?? [])].sort());
  if (mine.items) found.push(...differences(mine.items, theirs.items ?? {}, whole, `${at}[]`));
  const properties = mine.properties ?? {};
  if (whole && theirs.properties) {
    same('other fields', mine.additionalProperties, theirs.additionalProperties);
    if (!chosen.includes(at))
      same('fields', Object.keys(properties).sort(), Object.keys(theirs.properties).sort());
  }
  for (const [key, value] of Object.entries(properties)) {
    const their = theirs.properties?.[key];
    if (their) found.push(...differences(value, their, whole, `${at}.${key}`));
    else if (!recorded.includes(`${at}.${key}`)) found.push(`${at}.${key}: not described`);
  }
  return found;
}

const description = '../shared/outscale.yaml';
const schemas: Readonly<Record<string, Schema>> = existsSync(description)
  ? parse(readFileSync(description, 'utf8')).components.schemas
  : {};
const resolve = (schema: Schema): Schema => schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;

if (existsSync(description)) {
  describe('the schemas match the public API description', () => {
    test.each(names)('of %sRequest', (name) => {
      expect(differences(ours(name, 'request'), schemas[`${name}Request`] ?? {}, true, name)).toEqual([]);
    });
    test.each(names)('of %sResponse', (name) => {
      expect(differences(ours(name, 'response'), schemas[`${name}Response`] ?? {}, false, name)).toEqual([]);
    });
  });
}

const accepts = (name: Operation, request: unknown): boolean =>
  operations[name].request.safeParse(request).success;

describe('requests', () => {
  test.each<[Operation, unknown, boolean]>([
    ['CreateVolume', { SubregionName: 'eu-west-2a', Size: 10, DryRun: true }, true],
    ['CreateVolume', { Size: 10 }, false],
    ['CreateVolume', { SubregionName: 'eu-west-2a', Sise: 10 }, false],
    ['CreateVolume', { SubregionName: 'eu-west-2a', Size: '10' }, false],
    ['ReadVolumes', {}, true],
    ['ReadVolumes', { Filters: { VolumeIds: ['vol-12345678'] } }, true],
    ['ReadVolumes', { Filters: { VolumeId: ['vol-12345678'] } }, false],
    ['CreateTags', { ResourceIds: ['vol-12345678'], Tags: [{ Key: 'Name', Value: 'x' }] }, true],
    ['CreateTags', { ResourceIds: ['vol-12345678'], Tags: [{ Key: 'Name' }] }, false],
    ['CreateImage', { BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { Snapshot: 'x' } }] }, false],
    ['CreateImage', { BootModes: ['bios'] }, false],
  ])('%s %j: %j', (name, request, expected) => expect(accepts(name, request)).toBe(expected));
});

test('a response may be empty, and may have unknown fields', () => {
  for (const name of names) expect(operations[name].response.parse({})).toEqual({});
  const answer = operations.ReadVolumes.response.parse({ Volumes: [{ VolumeId: 'vol-1', Colour: 'red' }] });
  expect(answer).toEqual({ Volumes: [{ VolumeId: 'vol-1' }] });
});
