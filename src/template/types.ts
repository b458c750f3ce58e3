/** The data of a template by name; a dot selects a key of a map. */
export type TemplateData = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** What the functions of a template depend on. */
export interface TemplateContext {
  /** The time that `timestamp` and `isotime` return. */
  readonly startedAt: Date;
  /** The result of `uuid`; a new one each time without it. */
  readonly uuid?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Receives a message for each missing map key or environment variable. */
  readonly notice?: (line: string) => void;
}
