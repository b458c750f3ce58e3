import { BuildError } from '../../common/errors.js';
import type { BuildConfig } from '../../config/options/table.js';
import { knownLayoutOf } from '../../host/disk/partitions.js';
import { firstOf } from '../../host/image/limits.js';
import { type Changes, changesBetween } from '../../quality/inventory/changes.js';
import { readInventory } from '../../quality/inventory/read.js';
import { rpmReader } from '../../quality/inventory/rpm-reader.js';
import { changesText } from '../../quality/inventory/text.js';
import type { Inventory } from '../../quality/inventory/types.js';
import { type Finding, findingKey, findingText, lint } from '../../quality/lint/lint.js';
import { lintedImage, lintSource, type SourceFindings } from '../../quality/lint/source.js';
import { annotate } from '../../report/annotate.js';
import type { Tools } from '../../runtime/tools.js';
import type { Chroot } from '../chroot.js';

/** An image to inspect. Between `mount` and `commit` it has neither a sandbox nor a scratch directory. */
type InspectedImage = Pick<Chroot, 'tree' | 'disk'> & Partial<Pick<Chroot, 'sandbox' | 'scratch'>>;

type Quality = BuildConfig['quality'];

/** The state of an image before its provisioning. `mount` passes it to `commit`. */
export interface SourceContent {
  readonly inventory: Inventory;
  /** Undefined if lint is off. */
  readonly lint?: SourceFindings | undefined;
}

/** What is known about the content of a new image. */
export interface ImageContent {
  readonly inventory: Inventory;
  /** Undefined for a build that an earlier version of `mount` started. */
  readonly changes: Changes | undefined;
  /** Undefined if lint is off. */
  readonly findings: readonly (Finding & { readonly inSource: boolean })[] | undefined;
}

/** Reads the image before the first script. */
export async function inspectSource(
  image: InspectedImage & Pick<Chroot, 'sourcePartitions'>,
  mode: Quality['lint'],
  tools: Tools,
): Promise<SourceContent> {
  return await tools.report.phase('Inspect source', async () => {
    const inventory = await inventoryOf(image, tools);
    const count = inventory.packages?.length ?? 0;
    tools.report.result(`${count === 0 ? 'no' : count} package${count === 1 ? '' : 's'}`);
    if (mode === 'off') return { inventory };
    return { inventory, lint: await lintSource(image.tree, image.sourcePartitions, tools.signal) };
  });
}

/**
 * Reads and checks the image after provisioning, when the temporary changes are reverted, and reports what
 * the build has changed. No process may use the image.
 * @param found called with the result before a rule fails the build
 * @throws BuildError if lint is `fail` and the image breaks a rule.
 */
export async function inspectImage(
  image: InspectedImage,
  before: SourceContent | undefined,
  quality: Quality,
  tools: Tools,
  found: (content: ImageContent) => void,
): Promise<ImageContent> {
  return await tools.report.phase('Inspect image', async () => {
    const inventory = await inventoryOf(image, tools);
    for (const problem of firstOf(inventory.problems))
      tools.report.notice(`Inventory incomplete: ${problem}`);
    const changes = before === undefined ? undefined : changesBetween(before.inventory, inventory);
    if (changes !== undefined) tools.report.fact('Changed', changesText(changes));
    const findings = quality.lint === 'off' ? undefined : await check(image, before?.lint, quality, tools);
    const content = { inventory, changes, findings };
    found(content);
    if (quality.lint === 'fail') requireNone(findings ?? []);
    return content;
  });
}

async function inventoryOf(image: InspectedImage, { signal }: Tools): Promise<Inventory> {
  const inventory = await readInventory(image.tree, rpmReader(image, signal));
  signal.throwIfAborted();
  return inventory;
}

type Findings = NonNullable<ImageContent['findings']>;

/** What the build brought is a warning, what the source had already is a notice. With `fail` all fail. */
async function check(
  { tree, disk }: InspectedImage,
  source: SourceFindings | undefined,
  { lint: mode, lint_ignore }: Quality,
  { report, signal }: Tools,
): Promise<Findings> {
  const { partitions } = await knownLayoutOf(disk.disk, signal);
  const { findings, unchecked } = await lint(lintedImage(tree, partitions, signal, source), lint_ignore);
  const known = new Set(source?.findings);
  const all = findings.map((one) => ({ ...one, inSource: known.has(findingKey(one)) }));
  const { brought, inherited } = linesOf(mode === 'fail' ? [] : all);
  const labelled = (line: string): string => `Lint: ${line}`;
  annotate(report, brought.map(labelled), [...unchecked, ...inherited].map(labelled));
  return all;
}

/** The findings as lines: what the build brought, and what the source had. */
const linesOf = (findings: Findings): { brought: string[]; inherited: string[] } => ({
  brought: findings.filter(({ inSource }) => !inSource).map(findingText),
  inherited: findings
    .filter(({ inSource }) => inSource)
    .map((one) => `${findingText(one)} (also in the source)`),
});

/** @throws BuildError with the findings */
function requireNone(findings: Findings): void {
  if (findings.length === 0) return;
  const { brought, inherited } = linesOf(findings);
  throw new BuildError(
    `lint: the image breaks ${findings.length === 1 ? 'a rule' : `rules in ${findings.length} places`}`,
    {
      output: [...brought, ...inherited],
      hint: 'Fix the image, or list the rules that do not apply in lint_ignore.',
    },
  );
}
