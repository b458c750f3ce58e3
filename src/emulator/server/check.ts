import {
  ApiError,
  type ErrorEntry,
  invalidValue,
  missingParameter,
  unknownParameter,
} from '../model/errors.js';

/** The used part of a zod schema. */
export interface Schema<Parameters> {
  safeParse(
    input: unknown,
  ):
    | { readonly success: true; readonly data: Parameters }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly PropertyKey[];
}

/**
 * Validates the parameters of a request by the schema of its call ("additionalProperties: false",
 * "required").
 * @throws ApiError with one error for each unknown, missing or invalid parameter
 */
export function check<Parameters>(schema: Schema<Parameters>, body: unknown): Parameters {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ApiError(
    400,
    result.error.issues.flatMap((issue) => entriesOf(issue, body)),
  );
}

function entriesOf({ code, path, message, keys }: Issue, body: unknown): ErrorEntry[] {
  const name = path.join('.');
  if (code === 'unrecognized_keys' && keys)
    return keys.map((key) => unknownParameter([...path, key].join('.')));
  if (path.length > 0 && at(body, path) === undefined) return [missingParameter(name)];
  return [invalidValue(name, message)];
}

const at = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? Object.getOwnPropertyDescriptor(value, key)?.value
        : undefined,
    body,
  );

/**
 * Removes the fields of a request that are `null`: official clients send `null` for an empty list and for an
 * absent value, and the API treats it as absent.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === null ? [] : [[name, withoutNulls(inner)]])),
  );
}
