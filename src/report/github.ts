import { randomUUID } from 'node:crypto';
import { columns } from './columns.js';
import { linesOf, type Renderer } from './renderer.js';

/** What the runner takes for a command: `::name` at the start of a line, `##[name]` anywhere (docs, "Workflow commands"). */
const isWorkflowCommand = /^\s*::|##\[/;

/**
 * The log of a workflow. Commands are spoken by the runner's own library, which is loaded here and only here: it
 * writes them to stdout, so `write` must do so too. It shares its HTTP client with the API client, which is most
 * of its weight.
 */
export async function githubRenderer(write: (text: string) => void): Promise<Renderer> {
  const core = await import(/* webpackMode: "eager" */ '@actions/core');
  let stopped: string | undefined;
  /** While foreign lines are shown the runner listens for this word alone. */
  const foreign = (text: string): void => {
    if (stopped === undefined) {
      stopped = randomUUID();
      write(`::stop-commands::${stopped}\n`);
    }
    for (const line of linesOf(text)) write(`${line}\n`);
  };
  const speak = (command: () => void): void => {
    if (stopped !== undefined) write(`::${stopped}::\n`);
    stopped = undefined;
    command();
  };
  const line = (text: string): void =>
    linesOf(text).some((one) => isWorkflowCommand.test(one)) ? foreign(text) : write(`${text}\n`);
  return {
    open: (title) => speak(() => core.startGroup(title)),
    close(title, time, failed) {
      speak(() => core.endGroup());
      line(`${title}${failed ? ' failed after' : ''} ${time}`);
    },
    line,
    debug: (text) => speak(() => core.debug(text)),
    notice: (text) => speak(() => core.notice(text)),
    warn: (text) => speak(() => core.warning(text)),
    script: foreign,
    failure: (title, message) => speak(() => core.error(message, { title })),
    closing(rows) {
      for (const row of columns(rows)) line(row);
    },
    mask: (secret) => speak(() => core.setSecret(secret)),
    output: (name, value) => speak(() => core.setOutput(name, value)),
    saveState: (name, value) => speak(() => core.saveState(name, value)),
  };
}
