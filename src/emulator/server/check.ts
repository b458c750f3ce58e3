import {
  ApiError,
  type ErrorEntry,
  invalidValue,
  missingParameter,
  unknownParameter,
} from '../model/errors.js';

/** What is used of a schema: it is made and checked elsewhere. */
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
 * The parameters of a request, if they are those of the schema of that call ("additionalProperties: false",
 * "required").
 * @throws ApiError with one error for each unknown, missing or wrong parameter
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
 * A request without its fields that are `null`: official clients send `null` for an empty list and for an absent value,
 * and the API takes it as absent.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === null ? [] : [[name, withoutNulls(inner)]])),
  );
}
