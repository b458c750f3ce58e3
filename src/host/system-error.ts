import { getSystemErrorMap } from 'node:util';

/** The code of an error of the system, such as EPERM. */
export const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** What the system says an error is, without the path and the call that node adds; undefined if it is not one of the system. */
export const reasonOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'errno' in error
    ? getSystemErrorMap().get(Number(error.errno))?.[1]
    : undefined;
