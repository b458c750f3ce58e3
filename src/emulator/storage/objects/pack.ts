import { open, stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { exec } from '../../../host/exec/exec.js';
import { perl } from '../../../host/exec/perl.js';

const blockSize = 4 * 2 ** 20;
const zeros = Buffer.alloc(blockSize);

/** Whether a block has only zeros. @param block at most as long as a block of this file */
export const isZero = (block: Buffer): boolean => block.equals(zeros.subarray(0, block.length));

/**
 * A file as gzip data. Each block is a member (RFC 1952, section 2.2), and the holes of a sparse file are not
 * read.
 */
export async function* packed(path: string): AsyncGenerator<Buffer> {
  const { size } = await stat(path);
  const emptyBlock = gzipSync(zeros, { level: 1 });
  const file = await open(path);
  try {
    let at = 0;
    for (const [start, end] of [...(await dataIn(path)), [size, size] as const]) {
      for (; at < start; at += Math.min(blockSize, start - at)) {
        const length = Math.min(blockSize, start - at);
        yield length === blockSize ? emptyBlock : gzipSync(zeros.subarray(0, length), { level: 1 });
      }
      while (at < end) {
        const length = Math.min(blockSize, end - at);
        const { buffer } = await file.read(Buffer.alloc(length), 0, length, at);
        yield gzipSync(buffer, { level: 1 });
        at += length;
      }
    }
  } finally {
    await file.close();
  }
}

/** The ranges of a file that are no holes. SEEK_DATA is 3 and SEEK_HOLE 4 (lseek(2), Linux). */
async function dataIn(path: string): Promise<(readonly [start: number, end: number])[]> {
  const { stdout } = await exec(perl(program, [path]), { limit: 'disk' });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [start = 0, end = 0] = line.split(' ').map(Number);
      return [start, end] as const;
    });
}

const program = `
open(my $file, '<', $ARGV[0]) or fail('open');
my $size = -s $file;
for (my $at = 0; $at < $size;) {
  defined(my $data = sysseek($file, $at, 3)) or last;
  defined(my $hole = sysseek($file, $data, 4)) or fail('lseek');
  printf("%d %d\\n", $data, $hole);
  $at = $hole;
}
`;
