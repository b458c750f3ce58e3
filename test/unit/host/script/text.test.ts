import { expect, test } from '@jest/globals';
import { scriptText } from '../../../../src/host/script/text.js';

test.each([
  ['Windows line ends', 'a\r\nb\r\n', 'a\nb\n'],
  ['line ends that were converted twice', 'a\r\r\nb', 'a\nb'],
  ['a last line without a line feed', '#!/bin/sh\r', '#!/bin/sh'],
  ['mixed line ends', 'a\nb\r\nc\n', 'a\nb\nc\n'],
])('%s are converted', (_what, before, after) => {
  expect(scriptText(Buffer.from(before))).toEqual({ text: Buffer.from(after), converted: true });
});

test.each([
  ['Unix line ends', Buffer.from('#!/bin/sh\necho\n')],
  ['a carriage return inside a line', Buffer.from('printf "10 %%\r20 %%"\n')],
  ['UTF-8', Buffer.from('echo é€😀\n')],
  ['ISO 8859-1', Buffer.from([0x65, 0x63, 0x68, 0x6f, 0x20, 0xe9, 0xff, 0x0a])],
  ['an empty script', Buffer.alloc(0)],
])('%s stays as it is', (_what, bytes) => {
  expect(scriptText(bytes)).toEqual({ text: bytes, converted: false });
});

test('conversion keeps every byte that is not part of a line end', () => {
  const bytes = Buffer.from([...Array.from({ length: 255 }, (_, index) => index + 1), 0x0d, 0x0a]);
  const kept = Buffer.from([...bytes.subarray(0, -2), 0x0a]);
  expect(scriptText(bytes)).toEqual({ text: kept, converted: true });
});

test.each([
  ['starts with a UTF-8 byte order mark (line 1)', Buffer.from('\ufeff#!/bin/sh\n')],
  ['is encoded in UTF-16 (line 1)', Buffer.from('\ufeff#!/bin/sh\n', 'utf16le')],
  ['is encoded in UTF-16 (line 1)', Buffer.from('\ufeff#!/bin/sh\n', 'utf16le').swap16()],
  ['is encoded in UTF-16 (line 1)', Buffer.from('#!/bin/sh\n', 'utf16le')],
  ['is encoded in UTF-16 (line 1)', Buffer.from('#!/bin/sh\n', 'utf16le').swap16()],
  ['contains a NUL byte in line 3', Buffer.from('one\r\ntwo\nthr\0e\n')],
  ['contains a NUL byte in line 1', Buffer.from('\x7fELF\x02\x01\x01\0')],
])('a script that %s is refused', (problem, bytes) => {
  expect(scriptText(bytes)).toMatchObject({ problem });
});
