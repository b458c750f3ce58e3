import { gunzipSync, gzipSync } from 'node:zlib';
import { fail } from '../problem.js';
import { toText } from '../values/convert.js';
import { Dictionary, type Hcl, List, largestValue } from '../values/value.js';
import { csvRows } from './csv.js';
import { argument, type Functions, fixed } from './define.js';
import { jsonText, jsonValue } from './json.js';

const text = (args: readonly Hcl[], index = 0): string => toText(argument(args, index));

function bytesOf(base64: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0)
    return fail('has a text that is not base64', 'correct it');
  return Buffer.from(base64, 'base64');
}

function decoded(bytes: Uint8Array, encoding = 'utf-8'): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail(`has bytes that are not text in ${encoding}`, 'use bytes of text, and a known encoding');
  }
}

function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: largestValue });
  } catch {
    return fail('has bytes that are not gzip, or too many', 'correct them');
  }
}

/** The encodings that Node.js can write. */
const writable: Readonly<Record<string, BufferEncoding>> = {
  'UTF-8': 'utf8',
  'UTF-16LE': 'utf16le',
  'US-ASCII': 'ascii',
  'ISO-8859-1': 'latin1',
};

function encoded(value: string, name: string): string {
  const encoding = writable[name.toUpperCase()];
  if (encoding === undefined)
    return fail(`has the encoding ${name}`, `use one of: ${Object.keys(writable).join(', ')}`);
  return Buffer.from(value, encoding).toString('base64');
}

/** As url.QueryEscape of Go: a space becomes a plus sign. */
const urlEncoded = (value: string): string =>
  encodeURIComponent(Buffer.from(value).toString())
    .replaceAll('%20', '+')
    .replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

function urlDecoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return fail('has an invalid escape', 'correct the text');
  }
}

/** Functions that encode and decode. */
export const encodings: Functions = {
  base64decode: fixed(1, (args) => decoded(bytesOf(text(args)))),
  base64encode: fixed(1, (args) => Buffer.from(text(args)).toString('base64')),
  base64gunzip: fixed(1, (args) => decoded(unzipped(bytesOf(text(args))))),
  base64gzip: fixed(1, (args) => gzipSync(text(args)).toString('base64')),
  csvdecode: fixed(
    1,
    (args) => {
      const [names = [], ...rows] = csvRows(text(args));
      return new List(
        rows.map((row) => new Dictionary(names.map((name, index) => [name, row[index] ?? '']))),
      );
    },
    'any',
  ),
  jsondecode: fixed(1, (args) => jsonValue(text(args)), 'any'),
  jsonencode: fixed(1, (args) => jsonText(argument(args, 0))),
  textdecodebase64: fixed(2, (args) => decoded(bytesOf(text(args)), text(args, 1))),
  textencodebase64: fixed(2, (args) => encoded(text(args), text(args, 1))),
  urldecode: fixed(1, (args) => urlDecoded(text(args))),
  urlencode: fixed(1, (args) => urlEncoded(text(args))),
};
