import { bootId } from '../host/proc/identity.js';
import type { Owner } from '../ledger/lines.js';
import { invisible, requireVisible, startLockHolder } from '../ledger/lock-holder.js';
import { mountBuild } from '../pipeline/mount.js';
import type { Report } from '../report/report.js';
import { type Invocation, readHalfInvocation } from './invocation.js';
import { runNewBuild } from './session.js';

/** Opens the chroot of a new build for whoever comes after, and shows where it is. @returns the exit code. */
export const runMount = async (invocation: Invocation, report: Report): Promise<number> =>
  await runNewBuild(invocation, report, readHalfInvocation, async (config, vm, tools, locked) => {
    const owner = ownerOf(invocation, config.running.hold);
    const { path, disk, volume, origin } = await mountBuild(config, vm, owner, tools);
    if ('pid' in owner) await startLockHolder(tools.build.id, locked(), owner);
    report.output('mount-path', path);
    report.output('device', `/dev/${disk.disk}`);
    report.output('volume-id', volume.id);
    report.summary({
      buildId: tools.build.id,
      region: vm.region,
      snapshots: [],
      chroot: { path, device: `/dev/${disk.disk}`, volume: volume.id },
      ...(origin === undefined ? {} : { source: origin }),
    });
  });

/** Whoever started `mount` owns its build, or nobody until a time. @throws BuildError where that process cannot be watched */
function ownerOf({ privileged }: Invocation, hold: number | undefined): Owner {
  if (hold !== undefined) return { until: new Date(Date.now() + hold).toISOString(), boot: bootId() };
  const { starter } = privileged;
  if (starter === undefined) throw invisible('it has no pid here');
  requireVisible(starter);
  return starter;
}
