import { operations } from '../../src/outscale/api.js';
import type { TestCloud } from './cloud.js';

/** Refuses all calls but these from now on, as an EIM policy does. */
export const allowOnly = (cloud: TestCloud, allowed: readonly string[]): void =>
  cloud.fail(
    Object.keys(operations)
      .filter((operation) => !allowed.includes(operation))
      .map((operation) => ({
        operation,
        fault: 'refuse',
        times: 1_000,
        status: 401,
        code: '4',
        type: 'AccessDenied',
      })),
  );
