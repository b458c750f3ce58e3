import * as z from 'zod';

/*
 * Conventions of the schemas in this folder: names, types and required fields follow the schemas of the same
 * names in Outscale's API description (1.40.1). A request lists every parameter of the description and
 * refuses any other. A response lists the fields that this project can use. All of them are optional, because
 * the description requires none.
 */

/** A request with required and optional parameters. Every call accepts `DryRun`. */
export const request = <Required extends z.core.$ZodShape, Optional extends z.core.$ZodShape>(
  required: Required,
  optional: Optional,
) => z.strictObject({ ...required, ...z.object(optional).partial().shape, DryRun: z.boolean().optional() });

/** An object whose fields are all optional; it refuses other fields. */
export const allOptional = <Shape extends z.core.$ZodShape>(shape: Shape) => z.strictObject(shape).partial();

/** A list request: filters are ANDed, `NextPageToken` selects the next page. */
export const readRequest = <Filters extends z.core.$ZodShape>(filters: Filters) =>
  request({}, { Filters: allOptional(filters), NextPageToken: z.string(), ResultsPerPage: z.int() });

/** An entity of a response: unknown fields are dropped. */
export const entity = <Shape extends z.core.$ZodShape>(shape: Shape) => z.object(shape).partial();

/** A response: the result and the request ID. */
export const response = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  entity({ ...shape, ResponseContext: entity({ RequestId: z.string() }) });

/** The response to a list request: one page. */
export const readResponse = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  response({ ...shape, NextPageToken: z.string() });

export const texts = z.array(z.string());
export const integers = z.array(z.int());

export const bootMode = z.enum(['uefi', 'legacy']);

/** Schema `ResourceTag`: the one entity whose fields are required. */
export const resourceTag = z.strictObject({ Key: z.string(), Value: z.string() });

/** Filters by tag; the values of `Tags` are `KEY=VALUE`. */
export const tagFilters = { TagKeys: texts, TagValues: texts, Tags: texts };

/** Schema `PermissionsOnResource`: who may use an image or a snapshot besides its owner. */
export const permissionsOnResource = allOptional({ AccountIds: texts, GlobalPermission: z.boolean() });

/** Schema `PermissionsOnResourceCreation`: either additions or removals, not both. */
export const permissionsChange = allOptional({
  Additions: permissionsOnResource,
  Removals: permissionsOnResource,
});
