import { stripVTControlCharacters } from 'node:util';

/** Maximum characters of a line; a longer one is split. Limits the memory for a console without line ends. */
const lineLimit = 4096;

/**
 * Control sequences (ECMA-48, CSI). `stripVTControlCharacters` leaves those with private parameters, which
 * UEFI firmware writes.
 */
const controlSequence = /\p{Cc}\[[0-?]*[ -/]*[@-~]/gu;

/** Text of a guest without escape sequences, control characters and invisible characters. */
const printable = (text: string): string =>
  stripVTControlCharacters(text.replaceAll('\t', ' ').replace(controlSequence, ''))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trimEnd();

/** Splits the output of a serial console into lines, and cleans them. Empty lines are left out. */
export class ConsoleReader {
  #rest = '';

  /** @param onLine receives each complete line */
  constructor(private readonly onLine: (line: string) => void) {}

  /** Reads the next text; a line may continue in the text after it. */
  read(text: string): void {
    // A carriage return ends a line as well: consoles show progress with it.
    const lines = text.split(/[\r\n]+/);
    for (const [index, part] of lines.entries()) {
      if (index > 0) this.end();
      this.#add(part);
    }
  }

  /** The last line so far, without a line end: a prompt. */
  get current(): string {
    return printable(this.#rest);
  }

  /** Ends the last line. */
  end(): void {
    const line = this.current;
    this.#rest = '';
    if (line !== '') this.onLine(line);
  }

  #add(part: string): void {
    for (let at = 0; at < part.length; ) {
      const free = lineLimit - this.#rest.length;
      this.#rest += part.slice(at, at + free);
      at += free;
      if (this.#rest.length >= lineLimit) this.end();
    }
  }
}
