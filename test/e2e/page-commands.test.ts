/**
 * @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it.
 */
import { mkdtempSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { publishWithApt } from '../support/apt-source.js';
import { dist, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { jobNamespace } from '../support/mount-commit.js';
import { allBlocks, blockLocation } from '../support/pages.js';
import { launch, successful } from '../support/process.js';
import { asTestUser } from '../support/users.js';
import { checkOut } from '../support/workflow.js';

const cloud = useCloud();
let source: string;
beforeAll(async () => {
  source = await publishWithApt(cloud);
});

const commands = allBlocks()
  .filter(({ language, mark }) => language === 'sh' && mark === undefined)
  .map((block) => ({ location: blockLocation(block), text: block.text }));

/** What a reader fills in. */
const filledIn = (text: string): string =>
  text
    .replaceAll('ami-12345678', source)
    .replace('OSC_ACCESS_KEY=...', `OSC_ACCESS_KEY=${defaultAccount.accessKey}`)
    .replace('OSC_SECRET_KEY=...', `OSC_SECRET_KEY=${defaultAccount.secretKey}`)
    .replace('--build-id BUILD_ID', '--build-id 0123456789ab');

/** Instead of node: this node, and the metadata service of the emulator, which no variable names. */
const node = `node() {
  case "$2" in
    validate | convert) '${process.execPath}' "$@" ;;
    *) '${process.execPath}' "$@" --metadata-endpoint "$METADATA_ENDPOINT" ;;
  esac
}
`;

test.each(commands)('the commands of $location run as they are', async ({ text }) => {
  const machine = inventory(cloud.folder);
  const folder = mkdtempSync(join(cloud.folder, 'commands-'));
  checkOut(folder, source);
  symlinkSync(dist, join(folder, 'dist'));
  symlinkSync(resolve(import.meta.dirname, '../../examples'), join(folder, 'examples'));
  await using job = await jobNamespace();
  const env = {
    PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    HOME: folder,
    OSC_ENDPOINT_API: cloud.endpoint,
    METADATA_ENDPOINT: cloud.metadata,
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
    BUILD_OMI_STATE_DIR: join(folder, 'state'),
  };
  const argv = asTestUser('root', folder, ['sh', '-ec', node + filledIn(text)], {
    job: job.pid,
    cwd: folder,
  });
  successful(await launch(argv, env, folder).ended);
  expect(inventory(cloud.folder)).toEqual(machine);
});
