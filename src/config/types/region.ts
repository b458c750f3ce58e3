import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { omiName } from './image.js';
import { endpoint } from './path.js';
import { record } from './record.js';
import { matching, secret, text } from './text.js';

const regionName = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
  kind: 'a valid region',
  example: 'one such as us-east-2',
});

const fields = group({
  region: option(regionName, { text: 'name of the region', required: 'a region such as us-east-2' }),
  access_key: option(secret, { text: 'access key for the region', otherwise: 'that of the build' }),
  secret_key: option(secret, {
    text: 'secret key for the region',
    otherwise: 'that of the build',
    secret: true,
  }),
  profile: option(text, {
    text: 'profile in `~/.osc/config.json` with keys and endpoint for the region',
    otherwise: 'none',
  }),
  name: option(omiName, {
    text: 'name of the OMI there, a template as `omi_name` is',
    otherwise: 'the same',
  }),
  custom_endpoint_oapi: option(endpoint, {
    text: 'API endpoint of the region',
    otherwise: '`https://api.REGION.outscale.com/api/v1`',
  }),
});

/** A region to copy the OMI to. */
export type RegionEntry = Values<typeof fields>;

const asMap = record('region', fields);

/** The name of a region, or a map that also has keys for it. */
export const regionEntry: Type<RegionEntry> = {
  name: 'region',
  placeholder: 'region',
  schema: { anyOf: [{ type: 'string' }, asMap.schema] },
  async read(value, notice) {
    const entry = await asMap.read(typeof value === 'string' ? new Map([['region', value]]) : value, notice);
    if ((entry.access_key === undefined) !== (entry.secret_key === undefined))
      refuse('has only one of access_key and secret_key', 'set both or neither');
    return entry;
  },
};
