import { policyOf } from '../cleanup/retention/policy.js';
import { asksFor } from '../config/read.js';
import { build } from '../pipeline/build.js';
import { recordedOptions } from '../pipeline/recorded-options.js';
import type { Report } from '../report/report.js';
import { retainFamily } from './images/retention.js';
import { earlyContext, type Invocation, readInvocation } from './invocation.js';
import { reported } from './outcome.js';
import { writePackerManifests } from './packer-manifest.js';
import { runNewBuild } from './session.js';

/** Builds an OMI from start to end, and reports it; with `dry_run`, only its plan. @returns the exit code */
export async function runBuild(invocation: Invocation, report: Report): Promise<number> {
  if (await asksFor('dry_run', invocation.read, earlyContext(invocation.environment))) {
    const { runPlan } = await import(/* webpackMode: "eager" */ './plan.js');
    return await runPlan(invocation, report);
  }
  return await runNewBuild(invocation, report, readInvocation, async (config, vm, tools) => {
    const { source, volume, mount, provision, image, quality } = config;
    const options = recordedOptions(source, volume, mount, provision, image, quality);
    const policy = policyOf(image);
    const { id: buildId, startedAt } = tools.build;
    const outcome = await reported(
      { buildId, region: vm.region, startedAt, options },
      invocation,
      tools,
      async (record) => {
        const built = await build(config, vm, tools, record);
        record.removed = await retainFamily(policy, built, vm.vmId, tools);
        return built;
      },
    );
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
}
