import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { absolutePath, path } from './path.js';
import { record } from './record.js';
import { text as anyText, matching } from './text.js';

const mode = matching(/^[0-7]{3,4}$/, {
  kind: 'an octal mode',
  example: 'three or four digits, such as 0644',
});
const account = matching(/^[\w.][\w.-]*\$?$/, { kind: 'a user or group', example: 'a name or numeric ID' });

const fields = group({
  source: option(path, { text: 'file or directory on the VM', required: 'source:destination' }),
  destination: option(absolutePath, { text: 'path in the image', required: 'source:destination' }),
  mode: option(mode, { text: 'octal', otherwise: 'same as the source file' }),
  owner: option(account, { text: 'name or numeric ID in the image', otherwise: 'root' }),
  group: option(account, { text: 'name or numeric ID in the image', otherwise: 'root' }),
});

/** A file or directory to copy into the image permanently. */
export type FileEntry = Values<typeof fields>;

const asMap = record('file', fields);

/** `source:destination[:mode[:user]]`, or a map, which also allows colons in paths and a group. */
export const fileEntry: Type<FileEntry> = {
  name: 'file',
  placeholder: 'source:destination',
  schema: { anyOf: [{ type: 'string' }, asMap.schema] },
  async read(value) {
    return await asMap.read(typeof value === 'string' ? fromText(value) : value);
  },
};

const { source: _source, ...target } = fields;
const asContent = record(
  'file',
  group({
    content: option(anyText, { text: 'text of the file, instead of a source', required: 'text' }),
    ...target,
  }),
);

/** A text to write to a file of the image. */
export type ContentEntry = Values<typeof asContent.fields>;

/** A file of the VM, or a map with `content` instead of `source`. */
export const fileOrContent: Type<FileEntry | ContentEntry> = {
  ...fileEntry,
  schema: { anyOf: [fileEntry.schema, asContent.schema] },
  async read(value, notice) {
    if (!(value instanceof Map && value.has('content'))) return await fileEntry.read(value, notice);
    if (value.has('source')) refuse('has both source and content', 'remove one of them');
    const entry = await asContent.read(value, notice);
    return entry.destination.endsWith('/')
      ? refuse('has content for a directory', 'write the path of a file', entry.destination)
      : entry;
  },
};

/** An empty mode means that of the source file, so that a user can follow it. */
function fromText(text: string): ReadonlyMap<string, string> {
  const parts = text.split(':');
  if (parts.length > 4)
    refuse('has more than four parts', 'write the map {source, destination, mode, owner, group}', text);
  const named = ['source', 'destination', 'mode', 'owner'].map(
    (name, index) => [name, parts[index]] as const,
  );
  return new Map(named.flatMap(([name, part]) => (part ? [[name, part]] : [])));
}
