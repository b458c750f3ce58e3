import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BuildError } from '../../common/errors.js';
import { type Command, endGroup, start } from '../../host/exec/exec.js';
import { which } from '../../host/exec/programs.js';

/** Maximum unpacked bytes (1 GiB), and maximum duration in milliseconds. */
const usualLimits = { bytes: 2 ** 30, ms: 20_000 } as const;

type Limits = Readonly<Record<keyof typeof usualLimits, number>>;

/** Programs that unpack stdin to stdout, by the first bytes of what they unpack. */
const programs: Readonly<Record<string, Command>> = {
  '28b52ffd': ['zstd', '-d', '-q', '-c'],
  fd377a58: ['xz', '-d', '-c'],
  '04224d18': ['lz4', '-d', '-c'],
  '02214c18': ['lz4', '-d', '-c'],
  '425a6839': ['bzip2', '-d', '-c'],
  '5d000080': ['xz', '-d', '-c', '--format=lzma'],
};

/**
 * Which of some texts an initramfs contains (kernel documentation, "initramfs buffer format"): cpio archives
 * that are not compressed, followed by one that may be.
 * @throws BuildError if the compression is unknown, its program is not installed, or a limit is exceeded.
 */
export async function findInCompressed(
  content: Buffer,
  texts: readonly string[],
  signal: AbortSignal,
  limits: Limits = usualLimits,
): Promise<ReadonlySet<string>> {
  const at = endOfArchives(content);
  const search = new Search(texts, limits.bytes);
  search.add(content.subarray(0, at));
  const rest = content.subarray(at);
  if (rest.length === 0 || search.isDone) return search.found;
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limits.ms)]);
  const magic = rest.subarray(0, 4).toString('hex');
  if (magic.startsWith('1f8b')) await searchIn(unpackGzip(rest), search, stop);
  else await searchWithProgram(rest, magic, search, stop);
  return search.found;
}

function unpackGzip(content: Buffer): Readable {
  const stream = createGunzip({ chunkSize: 2 ** 18 });
  stream.end(content);
  return stream;
}

async function searchWithProgram(
  content: Buffer,
  magic: string,
  search: Search,
  stop: AbortSignal,
): Promise<void> {
  const command = programs[magic];
  if (command === undefined) throw new BuildError(`unknown compression (${magic})`);
  if (which(command[0]) === undefined) throw new BuildError(`${command[0]} is not installed on this VM`);
  const child = start(command, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    child.on('error', () => {});
    child.stdin?.on('error', () => {}).end(content);
    if (child.stdout) await searchIn(child.stdout, search, stop);
  } finally {
    endGroup(child);
    child.stdout?.destroy();
  }
}

async function searchIn(stream: Readable, search: Search, stop: AbortSignal): Promise<void> {
  const end = (): void => void stream.destroy(new BuildError('unpacking takes too long'));
  stop.addEventListener('abort', end, { once: true });
  try {
    for await (const part of stream) {
      if (!(part instanceof Uint8Array)) continue;
      search.add(Buffer.from(part.buffer, part.byteOffset, part.length));
      if (search.isDone) return;
    }
  } finally {
    stop.removeEventListener('abort', end);
    stream.destroy();
  }
}

/** Looks for texts in a stream, also across the ends of its parts. */
class Search {
  readonly found = new Set<string>();
  #end = Buffer.alloc(0);
  readonly #overlap: number;

  #size = 0;

  /** @param limit maximum bytes of all parts */
  constructor(
    private readonly texts: readonly string[],
    private readonly limit: number,
  ) {
    this.#overlap = Math.max(0, ...texts.map((text) => text.length - 1));
  }

  get isDone(): boolean {
    return this.found.size === this.texts.length;
  }

  /** @throws BuildError if the parts are larger than the limit. */
  add(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.limit)
      throw new BuildError(`the unpacked initramfs is larger than ${this.limit} bytes`);
    const text = Buffer.concat([this.#end, part]);
    for (const one of this.texts) if (!this.found.has(one) && text.includes(one)) this.found.add(one);
    this.#end = Buffer.from(text.subarray(Math.max(0, text.length - this.#overlap)));
  }
}

/** Where the uncompressed cpio archives (newc, `070701`) at the begin of an initramfs end. */
function endOfArchives(content: Buffer): number {
  let at = 0;
  while (content.toString('latin1', at, at + 6).match(/^07070[12]$/)) {
    const sizeOf = (field: number): number =>
      Number.parseInt(content.toString('latin1', at + field, at + field + 8), 16);
    const [size, nameSize] = [sizeOf(54), sizeOf(94)];
    if (!Number.isFinite(size + nameSize)) return at;
    at = align(align(at + 110 + nameSize) + size);
    while (at < content.length && content[at] === 0) at += 1;
  }
  return Math.min(at, content.length);
}

const align = (offset: number): number => Math.ceil(offset / 4) * 4;
