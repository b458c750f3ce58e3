import type { Renderer } from './renderer.js';
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
export function redacting(renderer: Renderer, redactor: Redactor): Renderer {
  const clean = (text: string): string => redactor.clean(text);
  return {
    open: (title) => renderer.open(clean(title)),
    close: (title, time, failed) => renderer.close(clean(title), time, failed),
    line: (text) => renderer.line(clean(text)),
    debug: (text) => renderer.debug(clean(text)),
    notice: (text) => renderer.notice(clean(text)),
    warn: (text) => renderer.warn(clean(text)),
    script: (text) => renderer.script(clean(text)),
    failure: (title, message) => renderer.failure(clean(title), clean(message)),
    closing: (rows) => renderer.closing(rows.map(([label, value]) => [label, clean(value)])),
    mask(secret) {
      redactor.add(secret);
      renderer.mask(secret);
    },
    output: (name, value) => renderer.output(name, value),
    saveState: (name, value) => renderer.saveState(name, value),
  };
}
