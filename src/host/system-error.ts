import { getSystemErrorMap } from 'node:util';

/** The code of a system error, such as EPERM. */
export const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/**
 * The description of a system error, without the path and the call that node adds; undefined for other
 * errors.
 */
export const reasonOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'errno' in error
    ? getSystemErrorMap().get(Number(error.errno))?.[1]
    : undefined;
