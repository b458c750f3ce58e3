import { appendFileSync } from 'node:fs';
import { isoDate } from '../resources/context.js';

/** One API request as a JSON line. It contains no headers, and so no signature. */
export interface Entry {
  readonly operation: string;
  readonly request?: unknown;
  /** Of a request to the object storage: `BUCKET/KEY`, without its query, which may be a signature. */
  readonly object?: string;
  /** HTTP status; 0 if the connection was cut or no response was sent. */
  readonly status: number;
  readonly answer?: object;
}

/** Appends one line per request to a file, if a path is given. */
export class RequestLog {
  /** @param region the region of the requests, if it is not that of the VM */
  constructor(
    private readonly path: string | undefined,
    private readonly region?: string,
  ) {}

  add(entry: Entry, now: number): void {
    if (this.path !== undefined)
      appendFileSync(this.path, `${JSON.stringify({ at: isoDate(now), region: this.region, ...entry })}\n`, {
        mode: 0o600,
      });
  }
}
