import { randomUUID } from 'node:crypto';
import { type Fitted, positionIn, shorten, shortenText } from './annotation.js';
import type { Colours } from './colours.js';
import { duration } from './format.js';
import { pollText } from './progress.js';
import { type Closing, linesOf, type Renderer } from './renderer.js';
import { type FinishedStage, stageText } from './stages.js';

/** Syntax of a command: `::name` at the start of a line, `##[name]` anywhere (docs, "Workflow commands"). */
const isWorkflowCommand = /^\s*::|##\[/;

/**
 * Renders for the log of a workflow. The runner's library formats the commands and writes them to stdout, so
 * `write` must write there too. The library is imported in this file only, to keep other starts fast, and
 * only the functions that the import names are in the bundle.
 */
export async function githubRenderer(
  write: (text: string) => void,
  workspace: string | undefined,
  colours: Colours,
): Promise<Renderer> {
  const core = await import(
    /* webpackMode: "eager",
       webpackExports: ["debug", "endGroup", "error", "notice", "saveState", "setOutput", "setSecret", "startGroup",
                        "warning"] */ '@actions/core'
  );
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
    begin: (version, what) => line(`${colours.bold(`build-omi v${version}`)} · ${what}`),
    fact: (label, text) => line(`${label.padEnd(6)}  ${text}`),
    open: ({ label, isScript }) => (isScript ? line(colours.bold(label)) : undefined),
    close(stage) {
      const title = titleOf(stage, colours);
      // The lines of a failed stage are not hidden in a group, which is closed until a reader opens it.
      if (stage.details.length > 0 && !stage.failed) command(() => core.startGroup(title));
      for (const one of stage.details) line(one);
      if (stage.details.length > 0 && !stage.failed) command(() => core.endGroup());
      else line(title);
    },
    progress: (poll, isDue) => (isDue ? line(pollText(poll)) : undefined),
    line,
    debug: (text) => command(() => core.debug(text)),
    notice: (text) => annotate(shortenText(text), (one) => core.notice(one)),
    warn: (text) => annotate(shortenText(text), (one) => core.warning(one)),
    script: foreign,
    failure: (title, failure) =>
      annotate(shorten(failure), (text) =>
        core.error(text, { title, ...positionIn(workspace, failure.location) }),
      ),
    closing(end) {
      line(colours.green(closingText(end)));
      for (const one of end.next) line(one);
    },
    mask: (secret) => command(() => core.setSecret(secret)),
    output: (name, value) => command(() => core.setOutput(name, value)),
    saveState: (name, value) => command(() => core.saveState(name, value)),
  };
}

function titleOf(stage: FinishedStage, { dim, red }: Colours): string {
  const text = stageText(stage);
  return `${stage.failed ? red(text) : text} ${dim(`(${duration(stage.ms)})`)}`;
}

/** `Built ami-1 in 4 min 12 s` */
const closingText = ({ verb, id, ms }: Closing): string =>
  `${verb.charAt(0).toUpperCase()}${verb.slice(1)} ${id} in ${duration(ms)}`;
