import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { absolutePath, path } from './path.js';
import { record } from './record.js';
import { matching } from './text.js';

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
