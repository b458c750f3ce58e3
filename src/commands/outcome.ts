import { join } from 'node:path';
import { nameOf } from '../cleanup/leftovers.js';
import { describe } from '../common/errors.js';
import type { Outcome } from '../pipeline/publish.js';
import type { BuildRecord } from '../pipeline/record.js';
import type { RegionalImage } from '../pipeline/regions/one-region.js';
import type { BuildFacts, ManifestFacts } from '../report/manifest.js';
import type { Report } from '../report/report.js';
import type { Tools } from '../runtime/tools.js';
import type { Invocation } from './invocation.js';

/** What the manifest of a build has from its start. */
interface Subject extends Pick<BuildFacts, 'buildId' | 'region'>, Pick<ManifestFacts, 'options'> {
  readonly startedAt: Date;
}

/**
 * Does the work of a build and reports its products. Writes its manifest, whether the work succeeds or fails.
 */
export async function reported(
  subject: Subject,
  invocation: Pick<Invocation, 'environment' | 'manifest'>,
  { report, ledger, signal }: Pick<Tools, 'report' | 'ledger' | 'signal'>,
  work: (record: BuildRecord) => Promise<Outcome>,
): Promise<Outcome> {
  const record: BuildRecord = {};
  let made: BuildFacts | undefined;
  const path = manifestPath(subject.buildId, invocation);
  try {
    const outcome = await work(record);
    const facts = factsOf(subject, completed(record, outcome.image?.id, report), outcome);
    if (outcome.failure !== undefined) {
      made = facts;
      throw outcome.failure;
    }
    writeManifest(path, { ...facts, status: 'succeeded' }, subject, record, report);
    report.summary(facts);
    return outcome;
  } catch (error) {
    const status = signal.aborted ? 'cancelled' : 'failed';
    const leftovers = ledger.open().map(nameOf);
    writeManifest(
      path,
      { ...(made ?? factsOf(subject, record)), status, error, leftovers },
      subject,
      record,
      report,
    );
    throw error;
  }
}

/** In the directory that the runner empties after the job, unless the command line names a file. */
function manifestPath(
  buildId: string,
  { environment, manifest }: Pick<Invocation, 'environment' | 'manifest'>,
): string | undefined {
  if (manifest !== undefined) return manifest;
  const folder = environment.RUNNER_TEMP;
  return folder ? join(folder, `build-omi-${buildId}.json`) : undefined;
}

function factsOf(
  { buildId, region }: Subject,
  { source, sourceImage, content, sbom, removed }: BuildRecord,
  outcome?: Outcome,
): BuildFacts {
  const { image, snapshot, volume, keptVolume, exported, isReused, copies = [] } = outcome ?? {};
  const size = volume?.size === undefined ? {} : { sizeGiB: volume.size };
  return {
    buildId,
    region,
    ...(image === undefined ? {} : { omi: { id: image.id, name: image.name } }),
    snapshots: snapshot === undefined ? [] : [{ id: snapshot.id, ...size }],
    ...(copies.length === 0 ? {} : { copies: copies.map(copyFact) }),
    ...(keptVolume === undefined ? {} : { volume: { id: keptVolume, ...size } }),
    ...(exported === undefined ? {} : { export: exported }),
    ...(source === undefined ? {} : { source }),
    ...(sourceImage === undefined ? {} : { sourceImage }),
    ...(content?.changes === undefined ? {} : { changes: content.changes }),
    ...(content?.findings === undefined ? {} : { lint: content.findings }),
    ...(sbom === undefined ? {} : { sbom: { path: sbom.path, sha256: sbom.sha256 } }),
    ...(isReused === undefined ? {} : { reused: isReused }),
    ...(removed === undefined ? {} : { removed }),
  };
}

const copyFact = ({ elsewhere, id, name, snapshots }: RegionalImage) => ({
  region: elsewhere.region,
  id,
  name,
  snapshots,
});

/** A failure is a warning: the OMI is final, or another error is the reason why there is none. */
function writeManifest(
  path: string | undefined,
  facts: BuildFacts & Pick<ManifestFacts, 'status' | 'error' | 'leftovers'>,
  { startedAt, options }: Subject,
  { provisioning }: BuildRecord,
  report: Report,
): void {
  if (path === undefined) return;
  try {
    report.manifest(path, {
      ...facts,
      startedAt: startedAt.toISOString(),
      ...(options === undefined ? {} : { options }),
      ...(provisioning === undefined ? {} : { provisioning }),
    });
  } catch (error) {
    report.warn(`Manifest not written: ${describe(error)}`);
  }
}

/** The record with an SBOM that has the ID of the OMI, or as it was written before the OMI existed. */
function completed(record: BuildRecord, omi: string | undefined, report: Report): BuildRecord {
  if (record.sbom === undefined || omi === undefined) return record;
  try {
    return { ...record, sbom: record.sbom.complete(omi) };
  } catch (error) {
    report.warn(`The SBOM does not contain the ID of the OMI: ${describe(error)}`);
    return record;
  }
}
