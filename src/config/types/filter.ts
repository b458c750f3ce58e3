import { group, option } from '../kit/option.js';
import { readParts, type Type } from '../kit/type.js';
import { list, mapOf } from './collections.js';
import { filterName } from './filter-name.js';
import { record } from './record.js';
import { boolean } from './scalars.js';
import { anyScalar, matching, text } from './text.js';

const texts = list(text, 'texts');

/** Names of filters with what they ask for; a list holds alternatives, a text alone is a list of one. */
const filters: Type<ReadonlyMap<string, readonly string[]>> = {
  name: 'map',
  placeholder: 'map',
  schema: {
    type: 'object',
    additionalProperties: { anyOf: [anyScalar, { type: 'array', items: anyScalar }] },
  },
  async read(value) {
    const entries = await readParts(
      [...(await mapOf(value))].map(([key, asked]) => [
        String(key),
        async () =>
          [
            await filterName.read(key),
            typeof asked === 'string' ? [asked] : await texts.read(asked),
          ] as const,
      ]),
    );
    return new Map(entries);
  },
};

const owner = matching(/^[\w-]+$/, { kind: 'an owner', example: 'an account ID, self, or an alias' });

const fields = group({
  filters: option(filters, { text: 'what the OMI must be like', default: new Map(), otherwise: 'none' }),
  owners: option(list(owner, 'owners'), {
    text: 'account IDs, `self`, aliases such as `Outscale`',
    required: 'the accounts whose OMIs may be taken, such as [self]',
  }),
  most_recent: option(boolean, { text: 'take the newest of many', default: false }),
});

/** Which OMI a build starts from, by what it is like. */
export const sourceFilter = record('filter', fields);
