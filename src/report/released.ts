/** What an undo did to a resource of the cloud. */
export interface Released {
  readonly kind: 'volume' | 'snapshot' | 'OMI';
  /** Its ID, or a name if it has none. */
  readonly id: string;
  readonly how: 'detached' | 'deleted' | 'registered again';
}

/** What remains when a build has failed. */
export interface Remains {
  /** The names of the resources that still exist. */
  readonly left: readonly string[];
  /** Until when `on_failure: keep` retains them; undefined if it does not. */
  readonly keptUntil: Date | undefined;
}

/** Describes what was removed: `volume vol-1 detached and deleted, snapshot snap-1 deleted`. */
export function releasedText(released: readonly Released[]): string {
  const byResource = new Map<string, Set<string>>();
  for (const { kind, id, how } of released) {
    const name = `${kind} ${id}`;
    byResource.set(name, (byResource.get(name) ?? new Set()).add(how));
  }
  return [...byResource].map(([name, how]) => `${name} ${[...how].join(' and ')}`).join(', ');
}

/** A date for a person: `2026-11-26 05:00 UTC`. */
const dateText = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Describes what remains: `Nothing is left.` An attached volume is listed once. */
export function remainsText({ left, keptUntil }: Remains): string {
  const names = left.filter((name) => !left.some((other) => name === `attached ${other}`)).join(', ');
  if (names === '') return 'Nothing is left.';
  return keptUntil === undefined ? `Left: ${names}.` : `Kept until ${dateText(keptUntil)}: ${names}.`;
}
