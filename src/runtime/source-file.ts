import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import { isUrl } from '../config/types/source-image.js';
import { asUser } from '../host/exec/user.js';
import { readPart } from '../host/source-image/sparse.js';
import type { Tools } from './tools.js';

/** The image that a build starts from. */
export interface SourceFile {
  /** Its path, or its URL without query: that may contain a signature. */
  readonly location: string;
  /** Of the file as it is stored or downloaded, hexadecimal. */
  readonly sha256: string;
}

/**
 * Identifies the image of `source_image`. A URL by the checksum that the user gives; a path is read.
 * @throws BuildError if the file of a path cannot be read, or has another checksum
 */
export async function identifyFile(
  location: string,
  checksum: string | undefined,
  tools: Pick<Tools, 'build' | 'signal'>,
): Promise<SourceFile> {
  if (isUrl(location)) {
    const { origin, pathname } = new URL(location);
    return { location: `${origin}${pathname}`, sha256: checksum ?? '' };
  }
  const file = openSourceFile(location, tools);
  try {
    const sha256 = await digestOf(file, tools.signal);
    if (checksum !== undefined) requireChecksum(sha256, checksum);
    return { location, sha256 };
  } finally {
    closeSync(file);
  }
}

/** @throws BuildError if a checksum is not the expected one */
export function requireChecksum(found: string, expected: string): void {
  if (found === expected) return;
  throw new BuildError(`source_image: its SHA-256 is ${found}, not ${expected}`, {
    hint: 'Check source_image_sha256, and whether the file is complete.',
  });
}

/** Who opens a file, and the base of its relative path. */
type Opener = Pick<Tools['build'], 'user' | 'workspace'>;

/**
 * Opens the file of a path with the permissions of the user.
 * @throws BuildError if it cannot be read, or is not a regular file
 */
export function openSourceFile(path: string, { build }: { readonly build: Opener }): number {
  const full = resolve(build.workspace, path);
  let file: number;
  try {
    // A FIFO would block.
    file = asUser(build.user, () => openSync(full, constants.O_RDONLY | constants.O_NONBLOCK));
  } catch (error) {
    throw new BuildError(`source_image: ${path} cannot be read: ${describe(error)}`);
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new BuildError(`source_image: ${path} is not a regular file`);
}

/** Why the image of `source_image` cannot be opened; undefined if it can, and for a URL. */
export function whyNotOpened(location: string, build: Opener): string | undefined {
  if (isUrl(location)) return undefined;
  try {
    closeSync(openSourceFile(location, { build }));
    return undefined;
  } catch (error) {
    return describe(error).replace(/^source_image: /, '');
  }
}

/** The SHA-256 of an open file, hexadecimal. */
export async function digestOf(file: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; ; ) {
    signal.throwIfAborted();
    const part = await readPart(file, at, 2 ** 20);
    if (part.length === 0) return hash.digest('hex');
    hash.update(part);
    at += part.length;
  }
}
