import { ConsoleReader } from './console.js';

/** The number of lines that a failure shows. */
const shownLines = 40;

/** Lines of the firmware (OVMF). It writes to the serial port, whatever the image does. */
const firmware = /^(BdsDxe|UEFI |EDK II|FS\d+:|BLK\d+:|Mapping table|Press ESC|Shell>)/;

/** The first lines of a kernel, or of an init whose kernel is quiet. */
const started = /\[ *\d+\.\d{6}\] |^Linux version |^\[ {2}OK {2}\] |^Welcome to /;

/**
 * Messages after which an image does not boot any more. They are looked for anywhere in a line: UEFI firmware
 * on a busy VM loses characters of the line before, with its end.
 */
const fatal =
  /Kernel panic - not syncing|error: you need to load the kernel first|BdsDxe: No bootable option|UEFI Interactive Shell/;

/** Prompts, which have no line end, of programs that an image shows if it does not boot. */
const fatalPrompt = /^grub( rescue)?>|^\(initramfs\)|^Shell>/;

/** The prompt of getty(8), or the last message of cloud-init. */
export const usualExpectation = String.raw`\blogin:\s*$|Cloud-init v\. \S+ finished`;

/** Watches the serial console of a guest for the line that shows that it has booted. */
export class ConsoleWatch {
  readonly #expected: RegExp;
  readonly #reader = new ConsoleReader((line) => this.#take(line));
  readonly #last: string[] = [];
  /** The line that was expected. */
  found: string | undefined;
  /** The line that shows that the image will not boot. */
  failure: string | undefined;
  /** Whether the kernel of the image has printed a line. */
  hasKernel = false;
  /** Whether the image, and not only the firmware, has printed a line. */
  hasOutput = false;
  /** The number of lines. */
  count = 0;

  /**
   * @param expected regular expression, tested with each line
   * @param onLine receives each complete line, cleaned
   */
  constructor(
    expected: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.#expected = new RegExp(expected);
  }

  /** Reads the next output. */
  read(text: string): void {
    this.#reader.read(text);
    const prompt = this.#reader.current;
    if (prompt !== '') this.#test(prompt);
  }

  /** Ends the last line. */
  end(): void {
    this.#reader.end();
  }

  /** The last lines, each shortened. */
  get last(): readonly string[] {
    return this.#last.map((line) => line.slice(0, 300));
  }

  #take(line: string): void {
    this.count += 1;
    this.#last.push(line);
    if (this.#last.length > shownLines) this.#last.shift();
    this.onLine(line);
    this.#test(line);
    if (fatal.test(line)) this.failure ??= line;
    this.hasKernel ||= started.test(line);
    this.hasOutput ||= !firmware.test(line);
  }

  /** @param line a line, or its beginning */
  #test(line: string): void {
    if (this.found === undefined && this.#expected.test(line)) this.found = line;
    if (fatalPrompt.test(line)) this.failure ??= line;
  }
}
