import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../common/errors.js';
import type { Outcome } from '../pipeline/publish.js';
import type { Report } from '../report/report.js';
import type { BuildFacts } from '../report/summary.js';

/**
 * Reports the products of a build and writes its manifest. A failure is a warning, because the OMI is final.
 */
export function showOutcome(
  { image, snapshot, volume, source, content }: Outcome,
  { buildId, region }: Pick<BuildFacts, 'buildId' | 'region'>,
  environment: NodeJS.ProcessEnv,
  report: Report,
): void {
  const facts: BuildFacts = {
    buildId,
    region,
    ...(image === undefined ? {} : { omi: { id: image.id, name: image.name } }),
    snapshots: [{ id: snapshot.id, ...(volume.size === undefined ? {} : { sizeGiB: volume.size }) }],
    ...(source === undefined ? {} : { source }),
    ...(content?.changes === undefined ? {} : { changes: content.changes }),
    ...(content?.findings === undefined ? {} : { lint: content.findings }),
  };
  try {
    report.manifest(join(environment.RUNNER_TEMP ?? tmpdir(), `build-omi-${buildId}.json`), facts);
  } catch (error) {
    report.warn(`Manifest not written: ${describe(error)}`);
  }
  report.summary(facts);
}
