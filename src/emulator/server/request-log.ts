import { appendFileSync } from 'node:fs';
import { isoDate } from '../resources/context.js';

/** One request of the API, as a line of JSON: never its headers, so never its signature. */
export interface Entry {
  readonly operation: string;
  readonly request: unknown;
  /** HTTP status; 0 when the connection was cut or no answer came. */
  readonly status: number;
  readonly answer?: object;
}

/** Writes one line for each request to a file, if one is named. */
export class RequestLog {
  constructor(private readonly path: string | undefined) {}

  add(entry: Entry, now: number): void {
    if (this.path !== undefined)
      appendFileSync(this.path, `${JSON.stringify({ at: isoDate(now), ...entry })}\n`, { mode: 0o600 });
  }
}
