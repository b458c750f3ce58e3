/** What a template may name; dots go into maps. */
export type TemplateData = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** What else a template asks for. */
export interface TemplateContext {
  /** The time that `timestamp` and `isotime` tell. */
  readonly startedAt: Date;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Gets a line for a key that a map does not have. */
  readonly notice?: (line: string) => void;
}
