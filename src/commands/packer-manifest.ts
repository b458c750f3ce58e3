import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import type { TemplateFacts } from '../config/input/packer.js';
import { asUser, type User } from '../host/exec/user.js';
import { replaceFile } from '../report/manifest.js';
import type { Report } from '../report/report.js';

/** What a manifest says of a build. */
export interface ManifestFacts {
  readonly region: string;
  /** Undefined with skip_create_omi. */
  readonly omi: string | undefined;
  /** The base of relative paths. */
  readonly workspace: string;
  readonly user: User;
}

/**
 * Writes the manifests that a Packer template asks for, in Packer's format: the build is appended to the
 * builds that the file has. A failure is a warning, because the OMI is final.
 */
export function writePackerManifests(
  { name, type, manifests }: TemplateFacts,
  { region, omi, workspace, user }: ManifestFacts,
  report: Pick<Report, 'warn' | 'info'>,
): void {
  if (omi === undefined) return;
  const run = randomUUID();
  for (const { output, customData, stripTime } of manifests) {
    const build = {
      name,
      builder_type: type,
      ...(stripTime ? {} : { build_time: Math.floor(Date.now() / 1000) }),
      files: null,
      artifact_id: `${region}:${omi}`,
      packer_run_uuid: run,
      custom_data: customData,
    };
    try {
      asUser(user, () => {
        const path = resolve(workspace, output);
        const builds = [...buildsIn(path), build];
        replaceFile(path, `${JSON.stringify({ builds, last_run_uuid: run }, null, 2)}\n`);
      });
      report.info(`Manifest of the template: ${output}`);
    } catch (error) {
      report.warn(`post-processors: the manifest ${output} cannot be written: ${describe(error)}`);
    }
  }
}

/** The builds that an existing manifest has. @throws BuildError if the file is not a manifest */
function buildsIn(path: string): unknown[] {
  if (!existsSync(path)) return [];
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const builds: unknown =
    typeof parsed === 'object' && parsed !== null && 'builds' in parsed ? parsed.builds : undefined;
  if (!Array.isArray(builds)) throw new BuildError('the existing file is not a manifest of Packer');
  return builds;
}
