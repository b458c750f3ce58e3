import { appendFileSync } from 'node:fs';
import { describe } from '../common/errors.js';
import { version } from '../common/version.js';
import type { OutputName } from '../config/kit/outputs.js';
import { failureOf } from './failure.js';
import { manifestText, replaceFile } from './manifest.js';
import { Phases } from './phases.js';
import { Progress } from './progress.js';
import { Redactor, redacting } from './redact.js';
import { type ReportOptions, rendererFor } from './renderer-for.js';
import type { Report } from './report.js';
import { failureSummary, summaryText, type Times } from './summary/summary.js';
import { helpPage, keepHint } from './workflow.js';

/** Creates the report: for the log of a workflow if there is one, else for a terminal or as JSON lines. */
export async function createReport(options: ReportOptions): Promise<Report> {
  const { environment, asUser = (write) => write(), now = () => new Date() } = options;
  const redactor = new Redactor();
  const renderer = redacting(await rendererFor(options), redactor);
  const phases = new Phases(renderer, options.clock);
  const progress = new Progress();
  const begin = now();
  let [hasBegun, debugging] = [false, false];
  let buildId: string | undefined;
  let name: string | undefined;
  for (const secret of options.secrets ?? []) renderer.mask(secret);

  const output = (key: OutputName, value: string): void => asUser(() => renderer.output(key, value));
  /** Writes a file when the OMI exists already: an error is a warning and does not fail the build. */
  const write = (what: string, file: () => void): boolean => {
    try {
      asUser(file);
      return true;
    } catch (error) {
      renderer.warn(`${what} cannot be written: ${describe(error)}`);
      return false;
    }
  };
  const times = (): Times => ({ stages: phases.stages, begin, total: phases.elapsed });
  const appendSummary = (text: string): void => {
    const path = environment.GITHUB_STEP_SUMMARY;
    if (path) write('the summary', () => appendFileSync(path, redactor.clean(text)));
  };
  return {
    begin(command, build) {
      buildId = build;
      if (hasBegun && build !== undefined) return renderer.fact('Build', build);
      hasBegun = true;
      renderer.begin(version, build === undefined ? command : `${command} ${build}`);
    },
    fact: (label, text) => renderer.fact(label, text),
    target(wanted, location) {
      name = wanted;
      renderer.fact('Target', [wanted, location].filter(Boolean).join(', '));
    },
    phase: async (title, work) => await phases.run(title, work),
    result: (text) => phases.result(text),
    undoing: async (title, work, released) => await phases.undoing(title, work, released),
    info: (line) => phases.line(line),
    debug: (line) => (debugging ? renderer.line(line) : renderer.debug(line)),
    enableDebug() {
      debugging = true;
      phases.isVerbose = true;
    },
    notice: (line) => renderer.notice(line),
    warn: (line) => renderer.warn(line),
    script: (line) => renderer.script(line),
    mask: (secret) => renderer.mask(secret),
    progress(what, state, percent, seconds, isQueued = false) {
      const poll = { what, state, percent, seconds, isQueued };
      renderer.progress(poll, progress.isDue(poll));
    },
    failed(error, end) {
      if (end === undefined) phases.close('failed');
      else phases.end(end);
      const failure = failureOf(error);
      const { message, output: tail } = failure;
      const advice = end?.mayKeep && phases.hasFailedScript ? keepHint(environment) : undefined;
      const hint = [failure.hint, advice].filter((one) => one !== undefined).join('\n') || undefined;
      renderer.failure(phases.failed ?? 'build-omi', { ...failure, hint });
      const { released } = phases;
      const help = helpPage(environment);
      const failed = { buildId, name, message, hint, output: tail, released, remains: end, help };
      appendSummary(failureSummary(failed, times(), version));
    },
    output,
    saveState: (key, value) => asUser(() => renderer.saveState(key, value)),
    timings: () => phases.timings,
    summary(facts, next = []) {
      phases.close();
      const { omi, chroot, snapshots, volume, region } = facts;
      const id = omi?.id ?? chroot?.path ?? snapshots[0]?.id ?? volume?.id ?? facts.buildId;
      const verb = chroot ? 'mounted' : facts.reused ? 'reused' : 'built';
      renderer.closing({ verb, id, name: omi?.name, region, ms: phases.elapsed, next });
      appendSummary(summaryText(facts, times(), version));
    },
    manifest(path, facts) {
      // After a failure the clean-up goes on.
      if (phases.failed === undefined) phases.close();
      const text = redactor.clean(manifestText(facts, phases.timings, phases.elapsed, phases.failed));
      if (write('the manifest', () => replaceFile(path, text))) output('manifest', path);
    },
  };
}
