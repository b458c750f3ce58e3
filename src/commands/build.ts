import { build } from '../pipeline/build.js';
import type { Report } from '../report/report.js';
import { readWayIn, type WayIn } from './invocation.js';
import { showOutcome } from './outcome.js';
import { runNewBuild } from './session.js';

/** Builds an OMI from beginning to end, and shows it. @returns the exit code. */
export const runBuild = async (way: WayIn, report: Report): Promise<number> =>
  await runNewBuild(way, report, readWayIn, async (config, vm, tools) => {
    const outcome = await build(config, vm, tools);
    showOutcome(outcome, { buildId: tools.build.id, region: vm.region }, way.environment, report);
  });
