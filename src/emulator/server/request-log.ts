import { appendFileSync } from 'node:fs';
import { isoDate } from '../resources/context.js';

/** One API request as a JSON line. It contains no headers, and so no signature. */
export interface Entry {
  readonly operation: string;
  readonly request: unknown;
  /** HTTP status; 0 if the connection was cut or no response was sent. */
  readonly status: number;
  readonly answer?: object;
}

/** Appends one line per request to a file, if a path is given. */
export class RequestLog {
  constructor(private readonly path: string | undefined) {}

  add(entry: Entry, now: number): void {
    if (this.path !== undefined)
      appendFileSync(this.path, `${JSON.stringify({ at: isoDate(now), ...entry })}\n`, { mode: 0o600 });
  }
}
