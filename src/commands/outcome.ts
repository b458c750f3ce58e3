import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../common/errors.js';
import type { Outcome } from '../pipeline/publish.js';
import type { Report } from '../report/report.js';
import type { BuildFacts } from '../report/summary.js';
import type { WrittenSbom } from '../steps/quality/sbom.js';

/**
 * Reports the products of a build and writes its manifest. A failure is a warning, because the OMI is final.
 */
export function showOutcome(
  { image, snapshot, volume, source, content }: Outcome,
  { buildId, region }: Pick<BuildFacts, 'buildId' | 'region'>,
  environment: NodeJS.ProcessEnv,
  report: Report,
): void {
  const sbom = completed(content?.sbom, image?.id, report);
  const facts: BuildFacts = {
    buildId,
    region,
    ...(image === undefined ? {} : { omi: { id: image.id, name: image.name } }),
    snapshots: [{ id: snapshot.id, ...(volume.size === undefined ? {} : { sizeGiB: volume.size }) }],
    ...(source === undefined ? {} : { source }),
    ...(content?.changes === undefined ? {} : { changes: content.changes }),
    ...(content?.findings === undefined ? {} : { lint: content.findings }),
    ...(sbom === undefined ? {} : { sbom: { path: sbom.path, sha256: sbom.sha256 } }),
  };
  try {
    report.manifest(join(environment.RUNNER_TEMP ?? tmpdir(), `build-omi-${buildId}.json`), facts);
  } catch (error) {
    report.warn(`Manifest not written: ${describe(error)}`);
  }
  report.summary(facts);
}

/** The SBOM with the ID of the OMI, or as it was written before the OMI existed. */
function completed(
  sbom: WrittenSbom | undefined,
  omi: string | undefined,
  report: Report,
): WrittenSbom | undefined {
  if (sbom === undefined || omi === undefined) return sbom;
  try {
    return sbom.complete(omi);
  } catch (error) {
    report.warn(`The SBOM does not contain the ID of the OMI: ${describe(error)}`);
    return sbom;
  }
}
