/**
 * @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it.
 */
import { beforeAll, test } from '@jest/globals';
import { publishWithApt } from '../support/apt-source.js';
import { useCloud } from '../support/cloud.js';
import { jobNamespace } from '../support/mount-commit.js';
import { runPage } from '../support/page-run.js';
import { mounts, pageWorkflows } from '../support/page-workflows.js';

const cloud = useCloud();
let source: string;
beforeAll(async () => {
  source = await publishWithApt(cloud);
});

const workflows = pageWorkflows().filter((page) => page.mark === undefined && mounts(page));

test.each(workflows)('the workflow of $location runs with exactly the calls that it needs', async (page) => {
  await using job = await jobNamespace();
  await runPage(page, { cloud, source, job: job.pid });
});
