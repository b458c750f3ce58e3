import * as z from 'zod';
import { entity, readRequest, readResponse, request, resourceTag, response, texts } from './common.js';

/** Schema `Tag`: a tag and its resource. */
export const tag = entity({
  Key: z.string(),
  ResourceId: z.string(),
  ResourceType: z.string(),
  Value: z.string(),
});

const change = request({ ResourceIds: texts, Tags: z.array(resourceTag) }, {});

export const tagOperations = {
  ReadTags: {
    request: readRequest({ Keys: texts, ResourceIds: texts, ResourceTypes: texts, Values: texts }),
    response: readResponse({ Tags: z.array(tag) }),
  },
  CreateTags: { request: change, response: response({}) },
  DeleteTags: { request: change, response: response({}) },
} as const;
