import type { Face } from './renderer.js';
import { formsOf } from './secret-forms.js';

/** Takes secrets out of what is shown, beside what the runner masks by itself. */
export class Redactor {
  #secrets: readonly string[] = [];

  /** From now on this text, and each of its lines, is not shown, nor in its usual encodings. */
  add(secret: string): void {
    const lines = [secret, ...secret.split(/\r?\n/)].map((part) => part.trim()).filter(Boolean);
    const parts = lines.flatMap(formsOf);
    // The longest first: a secret can be a part of another.
    this.#secrets = [...new Set([...this.#secrets, ...parts])].sort(
      (one, other) => other.length - one.length,
    );
  }

  /** The text with three stars in place of every secret. */
  clean(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
  }
}

/** The same face, to which no secret comes but to be masked. Outputs and state stay what they are. */
export function redacting(face: Face, redactor: Redactor): Face {
  const clean = (text: string): string => redactor.clean(text);
  return {
    open: (title) => face.open(clean(title)),
    close: (title, time, failed) => face.close(clean(title), time, failed),
    line: (text) => face.line(clean(text)),
    debug: (text) => face.debug(clean(text)),
    notice: (text) => face.notice(clean(text)),
    warn: (text) => face.warn(clean(text)),
    script: (text) => face.script(clean(text)),
    failure: (title, message) => face.failure(clean(title), clean(message)),
    closing: (rows) => face.closing(rows.map(([label, value]) => [label, clean(value)])),
    mask(secret) {
      redactor.add(secret);
      face.mask(secret);
    },
    output: (name, value) => face.output(name, value),
    saveState: (name, value) => face.saveState(name, value),
  };
}
