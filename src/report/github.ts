import { randomUUID } from 'node:crypto';
import { columns } from './format.js';
import { linesOf, type Renderer } from './renderer.js';

/** Syntax of a command: `::name` at the start of a line, `##[name]` anywhere (docs, "Workflow commands"). */
const isWorkflowCommand = /^\s*::|##\[/;

/**
 * Renders for the log of a workflow. The runner's library formats the commands and writes them to stdout, so
 * `write` must write there too. The library is imported in this file only, to keep other starts fast. Most of
 * its size is the HTTP client, which the API client uses too.
 */
export async function githubRenderer(write: (text: string) => void): Promise<Renderer> {
  const core = await import(/* webpackMode: "eager" */ '@actions/core');
  let stopped: string | undefined;
  /** Writes text of others while the runner ignores all commands but the stop token. */
  const foreign = (text: string): void => {
    if (stopped === undefined) {
      stopped = randomUUID();
      write(`::stop-commands::${stopped}\n`);
    }
    for (const line of linesOf(text)) write(`${line}\n`);
  };
  const command = (send: () => void): void => {
    if (stopped !== undefined) write(`::${stopped}::\n`);
    stopped = undefined;
    send();
  };
  const line = (text: string): void =>
    linesOf(text).some((one) => isWorkflowCommand.test(one)) ? foreign(text) : write(`${text}\n`);
  return {
    open: (title) => command(() => core.startGroup(title)),
    close(title, time, failed) {
      command(() => core.endGroup());
      line(`${title}${failed ? ' failed after' : ''} ${time}`);
    },
    line,
    debug: (text) => command(() => core.debug(text)),
    notice: (text) => command(() => core.notice(text)),
    warn: (text) => command(() => core.warning(text)),
    script: foreign,
    failure: (title, message) => command(() => core.error(message, { title })),
    closing(rows) {
      for (const row of columns(rows)) line(row);
    },
    mask: (secret) => command(() => core.setSecret(secret)),
    output: (name, value) => command(() => core.setOutput(name, value)),
    saveState: (name, value) => command(() => core.saveState(name, value)),
  };
}
