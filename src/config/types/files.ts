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
const account = matching(/^[\w.][\w.-]*\$?$/, { kind: 'a user or group', example: 'its name or number' });

const fields = group({
  source: option(path, { text: 'file or directory of the runner', required: 'source:destination' }),
  destination: option(absolutePath, { text: 'place in the image', required: 'source:destination' }),
  mode: option(mode, { text: 'octal', otherwise: "the source's" }),
  owner: option(account, { text: 'name or number in the image', otherwise: 'root' }),
  group: option(account, { text: 'name or number in the image', otherwise: 'root' }),
});

/** A file or directory of the runner that goes into the image to stay. */
export type FileEntry = Values<typeof fields>;

const asMap = record('file', fields);

/** `source:destination[:mode[:user]]`, or a map where a path has a colon or the group matters. */
export const fileEntry: Type<FileEntry> = {
  name: 'file',
  placeholder: 'source:destination',
  schema: { anyOf: [{ type: 'string' }, asMap.schema] },
  async read(value) {
    return await asMap.read(typeof value === 'string' ? fromText(value) : value);
  },
};

/** An empty mode stands for the source's, so that a user can follow it. */
function fromText(text: string): ReadonlyMap<string, string> {
  const parts = text.split(':');
  if (parts.length > 4)
    refuse('has more than four parts', 'write the map {source, destination, mode, owner, group}', text);
  const named = ['source', 'destination', 'mode', 'owner'].map(
    (name, index) => [name, parts[index]] as const,
  );
  return new Map(named.flatMap(([name, part]) => (part ? [[name, part]] : [])));
}
