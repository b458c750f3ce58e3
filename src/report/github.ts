import { randomUUID } from 'node:crypto';
import { type Fitted, positionIn, shorten, shortenText } from './annotation.js';
import { columns } from './format.js';
import { linesOf, type Renderer } from './renderer.js';

/** Syntax of a command: `::name` at the start of a line, `##[name]` anywhere (docs, "Workflow commands"). */
const isWorkflowCommand = /^\s*::|##\[/;

/**
 * Renders for the log of a workflow. The runner's library formats the commands and writes them to stdout, so
 * `write` must write there too. The library is imported in this file only, to keep other starts fast. Most of
 * its size is the HTTP client, which the API client uses too.
 */
export async function githubRenderer(
  write: (text: string) => void,
  workspace: string | undefined,
): Promise<Renderer> {
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
  /** Writes what an annotation lacks as plain lines. */
  const annotate = ({ text, rest }: Fitted, send: (text: string) => void): void => {
    command(() => send(text));
    for (const one of rest) line(one);
  };
  return {
    open: (title) => command(() => core.startGroup(title)),
    close(title, time, failed) {
      command(() => core.endGroup());
      line(`${title}${failed ? ' failed after' : ''} ${time}`);
    },
    line,
    debug: (text) => command(() => core.debug(text)),
    notice: (text) => annotate(shortenText(text), (one) => core.notice(one)),
    warn: (text) => annotate(shortenText(text), (one) => core.warning(one)),
    script: foreign,
    failure: (title, failure) =>
      annotate(shorten(failure), (text) =>
        core.error(text, { title, ...positionIn(workspace, failure.location) }),
      ),
    closing(rows) {
      for (const row of columns(rows)) line(row);
    },
    mask: (secret) => command(() => core.setSecret(secret)),
    output: (name, value) => command(() => core.setOutput(name, value)),
    saveState: (name, value) => command(() => core.saveState(name, value)),
  };
}
