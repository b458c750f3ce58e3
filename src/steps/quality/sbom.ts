import { randomUUID } from 'node:crypto';
import { BuildError } from '../../common/errors.js';
import { sha256 } from '../../common/sha256.js';
import { asUser, type User } from '../../host/exec/user.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { shown } from '../../host/image/limits.js';
import type { Inventory } from '../../quality/inventory/types.js';
import type * as writer from '../../quality/sbom/bom.js';
import { distributionOf } from '../../quality/sbom/distribution.js';
import { readDebianLicenses } from '../../quality/sbom/licenses.js';
import type { SbomContent, SbomSubject } from '../../quality/sbom/types.js';
import { replaceFile } from '../../report/manifest.js';
import type { Tools } from '../../runtime/tools.js';
import type { Chroot } from '../chroot.js';
import type { Source } from '../source.js';

/** An SBOM that is written. */
export interface WrittenSbom {
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Writes it again, with the ID of the OMI that was created from the image. @throws BuildError */
  readonly complete: (omi: string) => WrittenSbom;
}

/** What to write, besides what is in the image. */
interface SbomOrder {
  readonly path: string;
  /** The name of the OMI. */
  readonly name: string;
  /** Undefined from scratch. */
  readonly origin: Source['origin'] | undefined;
}

/**
 * Writes the SBOM of an image, when the image is final and before it is unmounted.
 * @throws BuildError if the packages of the image cannot be read, or the file cannot be written.
 */
export async function writeSbom(
  { tree }: Pick<Chroot, 'tree'>,
  inventory: Inventory,
  { path, name, origin }: SbomOrder,
  { build, report, signal }: Tools,
): Promise<WrittenSbom> {
  return await report.phase('Write SBOM', async () => {
    const { bomText } = await loadWriter();
    const { content, problems } = await contentOf(inventory, tree, signal);
    const [problem, ...others] = problems;
    if (problem !== undefined)
      report.notice(
        `SBOM incomplete: ${shown(problem)}${others.length > 0 ? `, and ${others.length} more` : ''}`,
      );
    const first: SbomSubject = {
      name,
      properties: { 'build-id': build.id, ...(origin === undefined ? {} : { 'source-omi-id': origin.id }) },
      serial: randomUUID(),
      createdAt: new Date(),
    };
    const write = (subject: SbomSubject): WrittenSbom => {
      const text = bomText(content, subject);
      replace(path, text, build.user);
      return { path, sha256: sha256(text), complete: (omi) => write({ ...subject, version: omi }) };
    };
    const written = write(first);
    report.output('sbom', path);
    report.info(`${path}: ${content.packages.length} packages`);
    return written;
  });
}

/** @throws BuildError */
function replace(path: string, text: string, user: User): void {
  try {
    asUser(user, () => replaceFile(path, text));
  } catch (error) {
    throw new BuildError(`sbom: ${path} cannot be written`, { cause: error });
  }
}

/** The writer and its library, which only builds with an SBOM need. */
const loadWriter = async (): Promise<typeof writer> =>
  await import(/* webpackChunkName: "sbom" */ '../../quality/sbom/bom.js');

/** What the SBOM lists, and why parts of it are missing. @throws BuildError without the list of packages */
async function contentOf(
  { manager, packages, problems }: Inventory,
  tree: ImageTree,
  signal: AbortSignal,
): Promise<{ readonly content: SbomContent; readonly problems: readonly string[] }> {
  const distribution = distributionOf(tree);
  const unread = problems.find((one) => one.startsWith('Packages '));
  if (packages === undefined && unread !== undefined) throw new BuildError(`sbom: ${unread}`);
  if (packages === undefined)
    return {
      content: { manager, packages: [], licenses: new Map(), distribution },
      problems: ['the image has no database of dpkg, apk or rpm'],
    };
  const { of: licenses, problems: skipped } =
    manager === 'dpkg' ? await readDebianLicenses(tree, packages, signal) : { of: new Map(), problems: [] };
  return { content: { manager, packages, licenses, distribution }, problems: skipped };
}
