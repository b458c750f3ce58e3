/** One line of the log: one or more phases that follow each other. */
export interface Stage {
  /** Phases with the same key are one stage. */
  readonly key: string;
  readonly label: string;
  /** Whether its lines are shown at once, because it takes long; else when it has ended. */
  readonly isLive: boolean;
  /** Whether it runs a script or a command of the user. */
  readonly isScript: boolean;
}

/** A phase, and whether more phases or undos of its stage follow it. */
interface Position {
  readonly stage: Stage;
  readonly continues: boolean;
}

const quiet = (key: string, label: string): Stage => ({ key, label, isLive: false, isScript: false });
const live = (key: string, label: string): Stage => ({ key, label, isLive: true, isScript: false });
const script = (title: string): Stage => ({ key: title, label: title, isLive: true, isScript: true });
const first = (stage: Stage): Position => ({ stage, continues: true });
const last = (stage: Stage): Position => ({ stage, continues: false });

/** Removes the resources of this build, after success or failure. */
export const cleanUpStage = quiet('clean up', 'Clean up');

const closing = quiet('close', 'Chroot');
const [volume, snapshot, image] = [
  quiet('volume', 'Volume'),
  live('snapshot', 'Snapshot'),
  live('image', 'OMI'),
];

/** Stages after whose phases the volume is unmounted and detached; these undos belong to the stage. */
export const detachingStages: readonly Stage[] = [closing, snapshot];

const positions: ReadonlyMap<string, Position> = new Map([
  ['Check', last(quiet('check', 'Checks'))],
  ['Look for unchanged OMI', last(quiet('unchanged', 'Unchanged OMI'))],
  ['Copy source', last(live('copy', 'Source copy'))],
  ['Create volume', first(volume)],
  ['Attach', last(volume)],
  ['Pre-mount commands', last(script('Pre-mount commands'))],
  ['Mount', last(quiet('root', 'Root'))],
  ['Post-mount commands', last(script('Post-mount commands'))],
  ['Prepare chroot', last(quiet('chroot', 'Chroot'))],
  ['Inspect source', last(quiet('inspect', 'Inventory'))],
  ['Mount cache', last(quiet('cache', 'Cache'))],
  ['Leave chroot', first(closing)],
  ['Seal', first(closing)],
  ['Inspect image', first(closing)],
  ['Write SBOM', first(closing)],
  ['Trim', first(closing)],
  ['Unmount', first(closing)],
  ['Boot test', last(live('boot', 'Boot test'))],
  ['Request snapshot', first(snapshot)],
  ['Request detachment', first(snapshot)],
  ['Snapshot', first(snapshot)],
  ['Remove replaced OMI', first(image)],
  ['Register OMI', first(image)],
  ['Share and read back', last(image)],
  ['Copy to regions', last(live('regions', 'Regions'))],
  ['Export', last(live('export', 'Export'))],
  ['Keep cache', last(quiet('kept cache', 'Cache'))],
  ['Find older OMIs', last(quiet('older', 'Older OMIs'))],
  ['Remove older OMIs', last(live('retention', 'Older OMIs'))],
  // Of the demo.
  ['Publish a source OMI', last(quiet('publish', 'Source OMI'))],
  ['Read the new snapshot', last(quiet('read', 'Read back'))],
  // A command that only cleans up, such as post.
  [cleanUpStage.label, last({ ...cleanUpStage, isLive: true })],
]);

/** The start of the title of a phase that runs a script. */
const scriptPrefix = 'Script ';

/** The stage of a phase. One that is not in the table is a stage of its own. */
export const positionOf = (title: string): Position =>
  positions.get(title) ?? last(title.startsWith(scriptPrefix) ? script(title) : quiet(title, title));

/** The label without the word that its sign replaces on a terminal. */
export const shortLabel = ({ label, isScript }: Stage): string =>
  isScript && label.startsWith(scriptPrefix) ? label.slice(scriptPrefix.length) : label;

/** A stage that has ended. */
export interface FinishedStage extends Stage {
  /** What it reports; undefined if it has nothing to report. */
  readonly result: string | undefined;
  readonly ms: number;
  readonly failed: boolean;
  /** Its lines that are not shown yet. */
  readonly details: readonly string[];
}

/** What a finished stage reports. */
export const resultOf = ({ result, failed }: FinishedStage): string => result ?? (failed ? 'failed' : 'done');

/** The text of a finished stage without its time: `Volume vol-1 attached as /dev/xvdb`. */
export function stageText(stage: FinishedStage): string {
  const { key, label, result, failed } = stage;
  if (key === cleanUpStage.key && !failed)
    return result === undefined ? 'Cleaned up' : `Cleaned up: ${result}`;
  return failed || result === undefined ? `${label}: ${resultOf(stage)}` : `${label} ${result}`;
}
