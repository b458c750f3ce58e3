import type { BuildConfig } from '../config/options/table.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from '../steps/attach.js';
import type * as step from '../steps/quality/boot-test.js';

type Config = BuildConfig['bootTest'];

/** What boots images. It is loaded only by builds that have a boot test. */
const bootTests = async (): Promise<typeof step> =>
  await import(/* webpackMode: "eager" */ '../steps/quality/boot-test.js');

/** Checks what the boot tests of a build need, if it has any. @throws BuildError as the step does */
export async function checkBootTest(config: Config): Promise<void> {
  if (config.boot_test.length > 0) (await bootTests()).requireBootTest(config);
}

/** Runs the boot tests of a build, if it has any. The disk is not mounted. @throws as the step does */
export async function runBootTest(disk: AttachedDisk, config: Config, tools: Tools): Promise<void> {
  if (config.boot_test.length > 0) await (await bootTests()).bootTest(disk, config, tools);
}
