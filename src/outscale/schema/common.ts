import * as z from 'zod';

/*
 * How the schemas of this folder are written: names, types and what is required follow the schemas of the
 * same names in Outscale's API description (1.40.1). A request lists every parameter of the description and
 * refuses any other. A response lists the fields that this project can use, each of them optional, because
 * the description promises none.
 */

/** A request: the parameters that are required, and the others; every call takes `DryRun`. */
export const request = <Required extends z.core.$ZodShape, Optional extends z.core.$ZodShape>(
  required: Required,
  optional: Optional,
) => z.strictObject({ ...required, ...z.object(optional).partial().shape, DryRun: z.boolean().optional() });

/** Fields of which none is required, and no others are taken. */
export const allOptional = <Shape extends z.core.$ZodShape>(shape: Shape) => z.strictObject(shape).partial();

/** A request that lists: filters are ANDed, pages follow each other by `NextPageToken`. */
export const readRequest = <Filters extends z.core.$ZodShape>(filters: Filters) =>
  request({}, { Filters: allOptional(filters), NextPageToken: z.string(), ResultsPerPage: z.int() });

/** An entity of a response: fields we do not know are dropped. */
export const entity = <Shape extends z.core.$ZodShape>(shape: Shape) => z.object(shape).partial();

/** An answer: the result and the ID of the request. */
export const response = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  entity({ ...shape, ResponseContext: entity({ RequestId: z.string() }) });

/** A page of an answer that lists. */
export const readResponse = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  response({ ...shape, NextPageToken: z.string() });

export const texts = z.array(z.string());
export const integers = z.array(z.int());

export const bootMode = z.enum(['uefi', 'legacy']);

/** Schema `ResourceTag`: the one entity whose fields are required. */
export const resourceTag = z.strictObject({ Key: z.string(), Value: z.string() });

/** Filters by tag; `Tags` takes `KEY=VALUE`. */
export const tagFilters = { TagKeys: texts, TagValues: texts, Tags: texts };

/** Schema `PermissionsOnResource`: who may use an image or a snapshot besides its owner. */
export const permissionsOnResource = allOptional({ AccountIds: texts, GlobalPermission: z.boolean() });

/** Schema `PermissionsOnResourceCreation`: either additions or removals, not both. */
export const permissionsChange = allOptional({
  Additions: permissionsOnResource,
  Removals: permissionsOnResource,
});
