import { closeSync, constants, openSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { BuildConfig } from '../../config/options/table.js';
import { takeBootTurn } from '../../fleet/boot-turns.js';
import { kvmProblem, recordKvmProblem } from '../../fleet/kvm-problem.js';
import { disks } from '../../host/disk/block-devices.js';
import { requireSameDisk } from '../../host/disk/find-disk.js';
import { type BootResult, bootDisk } from '../../host/qemu/boot-disk.js';
import { usualExpectation } from '../../host/qemu/console-watch.js';
import { type Firmware, messageOf } from '../../host/qemu/machine.js';
import { requireQemu } from '../../host/qemu/requirements.js';
import { type ConsoleFile, openConsoleFile } from '../../runtime/console-file.js';
import type { Tools } from '../../runtime/tools.js';
import type { AttachedDisk } from '../attach.js';

type Config = BuildConfig['bootTest'];

/**
 * Checks that this VM has what the boot tests of a build need. @throws BuildError with the packages to
 * install
 */
export function requireBootTest({ boot_test }: Config): void {
  requireQemu(boot_test);
}

/**
 * Boots the disk in QEMU with each kind of firmware, before it is detached. Nothing of the disk may be
 * mounted. It is opened for reading only, and exclusively, so that nothing mounts it meanwhile; see open(2),
 * O_EXCL.
 * @throws BuildError with the last lines of the console if the image does not boot
 */
export async function bootTest(disk: AttachedDisk, config: Config, tools: Tools): Promise<void> {
  const all = [...new Set(config.boot_test)];
  await tools.report.phase('Boot test', async () => {
    using _turn = await takeBootTurn({
      directory: tools.build.stateDir,
      user: tools.build.user,
      signal: tools.signal,
      onWait: (running) =>
        tools.report.info(`Waiting for memory: boot tests that are running on this VM: ${running}`),
    });
    const descriptor = openSync(`/dev/${disk.disk}`, constants.O_RDONLY | constants.O_EXCL);
    try {
      requireSameDisk(disk);
      using file = openConsoleFile(tools);
      for (const firmware of all) await boot({ disk: disk.disk, descriptor, firmware, file }, config, tools);
    } finally {
      closeSync(descriptor);
    }
  });
}

interface Test {
  readonly disk: string;
  readonly descriptor: number;
  readonly firmware: Firmware;
  readonly file: ConsoleFile;
}

async function boot(
  { disk, descriptor, firmware, file }: Test,
  { boot_test_expect: expected = usualExpectation, boot_test_timeout: timeout }: Config,
  { build, report, signal }: Tools,
): Promise<void> {
  file.add(`==> ${firmware}`);
  const result = await bootDisk(
    { descriptor, size: disks().find(({ name }) => name === disk)?.size ?? 0, firmware },
    {
      expected,
      timeout,
      signal,
      kvmProblem: kvmProblem(build.stateDir, build.user),
      onLine: (line) => file.add(line),
      onFallback: (why) => {
        recordKvmProblem(build.stateDir, build.user, why);
        file.add(`==> ${firmware}, software emulation`);
        report.notice(`Boot test (${firmware}): ${why}. It starts again under software emulation.`);
      },
      onProgress: (lines, ms) =>
        report.progress(`boot test (${firmware})`, `${lines} lines on the console`, undefined, ms / 1000),
    },
  );
  if (result.end !== 'booted') throw failureOf(firmware, result, timeout, file.path);
  const how = result.accelerator === 'kvm' ? 'KVM' : 'software emulation';
  report.info(`Booted (${firmware}, ${how}) in ${(result.ms / 1000).toFixed(1)} s: ${result.found ?? ''}`);
}

function failureOf(firmware: Firmware, result: BootResult, timeout: number, path: string): BuildError {
  const { last, hasOutput, hasKernel } = result;
  if (!hasOutput && result.end === 'timeout')
    return new BuildError(
      `boot_test: the image printed nothing on the serial console within ${timeout / 1000} s (${firmware})`,
      {
        output: last,
        hint: 'Add console=ttyS0 to the command line of its kernel, or check its boot loader.',
      },
    );
  const more = hasKernel ? '' : ' If the kernel starts: does its command line have console=ttyS0?';
  return new BuildError(`boot_test: the image does not boot (${firmware}): ${reasonOf(result, timeout)}`, {
    output: last,
    hint: `The whole console is in ${path}.${more}`,
  });
}

function reasonOf({ end, failure, errors, code }: BootResult, timeout: number): string {
  if (end === 'failed') return failure ?? '';
  if (end === 'stopped')
    return code === 0
      ? 'it powered off'
      : `QEMU ended${code === null ? '' : ` with ${code}`}: ${messageOf(errors)}`;
  return `the expected line did not appear within ${timeout / 1000} s`;
}
