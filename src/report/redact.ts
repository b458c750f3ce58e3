import type { Renderer } from './renderer.js';
import { formsOf } from './secret-forms.js';

/** Replaces secrets in text, in addition to the masking of the runner. */
export class Redactor {
  #secrets: readonly string[] = [];

  /** Adds a secret: the text, each of its lines, and their usual encodings. */
  add(secret: string): void {
    const lines = [secret, ...secret.split(/\r?\n/)].map((part) => part.trim()).filter(Boolean);
    const parts = lines.flatMap(formsOf);
    // The longest first, because one secret can contain another.
    this.#secrets = [...new Set([...this.#secrets, ...parts])].sort(
      (one, other) => other.length - one.length,
    );
  }

  /** Replaces every secret in a text with three stars. */
  clean(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
  }
}

/** Wraps a renderer so that it receives no secret except in `mask`. Outputs and state are unchanged. */
export function redacting(renderer: Renderer, redactor: Redactor): Renderer {
  const clean = (text: string): string => redactor.clean(text);
  return {
    begin: (version, what) => renderer.begin(version, what),
    fact: (label, text) => renderer.fact(label, clean(text)),
    open: (stage) => renderer.open({ ...stage, label: clean(stage.label) }),
    close: (stage) =>
      renderer.close({
        ...stage,
        label: clean(stage.label),
        result: stage.result === undefined ? undefined : clean(stage.result),
        details: stage.details.map(clean),
      }),
    progress: (poll, isDue) => renderer.progress({ ...poll, state: clean(poll.state) }, isDue),
    line: (text) => renderer.line(clean(text)),
    debug: (text) => renderer.debug(clean(text)),
    notice: (text) => renderer.notice(clean(text)),
    warn: (text) => renderer.warn(clean(text)),
    script: (text) => renderer.script(clean(text)),
    failure: (title, { message, hint, undoing, output, location }) =>
      renderer.failure(clean(title), {
        message: clean(message),
        hint: hint === undefined ? undefined : clean(hint),
        undoing: undoing.map(clean),
        output: output.map(clean),
        location,
      }),
    closing: ({ name, ...end }) =>
      renderer.closing({
        ...end,
        id: clean(end.id),
        name: name === undefined ? undefined : clean(name),
        next: end.next.map(clean),
      }),
    mask(secret) {
      redactor.add(secret);
      renderer.mask(secret);
    },
    output: (name, value) => renderer.output(name, value),
    saveState: (name, value) => renderer.saveState(name, value),
  };
}
