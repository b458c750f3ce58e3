import * as z from 'zod';
import { entity, readRequest, readResponse, request, response, texts } from './common.js';

/** Schema `Region`. */
const region = entity({ Endpoint: z.string(), RegionName: z.string() });

/** Schema `Subregion`; `State` is `available`. */
export const subregion = entity({
  LocationCode: z.string(),
  RegionName: z.string(),
  State: z.string(),
  SubregionName: z.string(),
});

export const regionOperations = {
  ReadRegions: { request: request({}, {}), response: response({ Regions: z.array(region) }) },
  ReadSubregions: {
    request: readRequest({ RegionNames: texts, States: texts, SubregionNames: texts }),
    response: readResponse({ Subregions: z.array(subregion) }),
  },
} as const;
