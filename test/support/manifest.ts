import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const schema = resolve(import.meta.dirname, '../../manifest.schema.json');
const ajv = new Ajv2020({ strict: true, strictRequired: false });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));

/** Reads a manifest, and checks it against its schema. */
export function manifestAt(path: string | undefined): Record<string, unknown> {
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(path ?? '', 'utf8'));
  validate(manifest);
  expect(validate.errors).toBeNull();
  return manifest;
}
