import { dirname, join } from 'node:path';
import { accessFlags } from '../config/docs/flags.js';
import { pasteable } from '../host/exec/exec.js';
import { bootId } from '../host/proc/identity.js';
import type { Owner } from '../ledger/lines.js';
import { invisible, requireVisible, startLockHolder } from '../ledger/lock-holder.js';
import { mountBuild } from '../pipeline/mount.js';
import type { Report } from '../report/report.js';
import { type Invocation, readHalfInvocation } from './invocation.js';
import { runNewBuild } from './session.js';

/** Opens the chroot of a new build for later workflow steps, and reports its path. @returns the exit code */
export const runMount = async (invocation: Invocation, report: Report): Promise<number> =>
  await runNewBuild(invocation, report, readHalfInvocation, async (config, vm, tools, locked) => {
    const owner = ownerOf(invocation, config.running.hold);
    const { path, disk, volume, origin } = await mountBuild(config, vm, owner, tools);
    if ('pid' in owner) await startLockHolder(tools.build.id, locked(), owner);
    report.output('mount-path', path);
    report.output('device', `/dev/${disk.disk}`);
    report.output('volume-id', volume.id);
    const facts = {
      buildId: tools.build.id,
      region: vm.region,
      snapshots: [],
      chroot: { path, device: `/dev/${disk.disk}`, volume: volume.id },
      ...(origin === undefined ? {} : { source: origin }),
    };
    const next = invocation.hasPost
      ? `Next: build-omi/commit with build-id: ${tools.build.id}`
      : `Next: ${pasteable([...commit, '--build-id', tools.build.id, '--state-dir', tools.build.stateDir, ...accessFlags(config.access)])}`;
    report.summary(facts, [next]);
  });

/** The CLI is in the same directory as this program. */
const commit = ['node', join(dirname(process.argv[1] ?? ''), 'cli.js'), 'commit'];

/**
 * The owner of the build: the process that started `mount`, or a point in time if `hold` is set.
 * @throws BuildError if that process cannot be watched
 */
function ownerOf({ privileged }: Invocation, duration: number | undefined): Owner {
  if (duration !== undefined) return { until: new Date(Date.now() + duration).toISOString(), boot: bootId() };
  const { starter } = privileged;
  if (starter === undefined) throw invisible('it has no PID here');
  requireVisible(starter);
  return starter;
}
