import { build } from '../pipeline/build.js';
import type { Report } from '../report/report.js';
import { type Invocation, readInvocation } from './invocation.js';
import { showOutcome } from './outcome.js';
import { writePackerManifests } from './packer-manifest.js';
import { runNewBuild } from './session.js';

/** Builds an OMI from start to end, and reports it. @returns the exit code */
export const runBuild = async (invocation: Invocation, report: Report): Promise<number> =>
  await runNewBuild(invocation, report, readInvocation, async (config, vm, tools) => {
    const outcome = await build(config, vm, tools);
    showOutcome(outcome, { buildId: tools.build.id, region: vm.region }, invocation.environment, report);
    if (config.template !== undefined)
      writePackerManifests(
        config.template,
        {
          region: vm.region,
          omi: outcome.image?.id,
          workspace: tools.build.workspace,
          user: invocation.privileged.user,
        },
        report,
      );
  });
