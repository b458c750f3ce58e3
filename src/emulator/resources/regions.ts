import type { RequestOf, ResponseOf, Subregion } from '../../outscale/api.js';
import type { Call } from './context.js';
import { type Filters, fits, oneOf } from './filters.js';
import { page } from './pages.js';

/** "Lists one or more Regions of the OUTSCALE Cloud": the one that the emulator serves. */
export const readRegions: Call<RequestOf<'ReadRegions'>, ResponseOf<'ReadRegions'>> =
  (_request, _caller, { settings: { region } }) =>
  () => ({ Regions: [{ RegionName: region, Endpoint: `api.${region}.outscale.com` }] });

interface Shown {
  readonly id: string;
  readonly subregion: Subregion;
}

const filters: Filters<NonNullable<RequestOf<'ReadSubregions'>['Filters']>, Shown> = {
  RegionNames: oneOf(({ subregion }: Shown) => subregion.RegionName),
  States: oneOf(({ subregion }: Shown) => subregion.State),
  SubregionNames: oneOf(({ subregion }: Shown) => subregion.SubregionName),
};

/** "Lists one or more of the enabled Subregions that you can access in the current Region." */
export const readSubregions: Call<RequestOf<'ReadSubregions'>, ResponseOf<'ReadSubregions'>> =
  (request, _caller, { settings: { region } }) =>
  () => {
    const all = ['a', 'b', 'c'].map((letter, index): Shown => {
      const name = `${region}${letter}`;
      const common = { LocationCode: `EMULATOR${index + 1}`, RegionName: region };
      return { id: name, subregion: { ...common, State: 'available', SubregionName: name } };
    });
    const { items, next } = page(
      all.filter((item) => fits(filters, request.Filters, item)),
      request,
    );
    return { Subregions: items.map(({ subregion }) => subregion), ...next };
  };
