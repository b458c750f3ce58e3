/**
 * @long It builds about fifteen OMIs.
 */
import { beforeAll, test } from '@jest/globals';
import { publishWithApt } from '../support/apt-source.js';
import { useCloud } from '../support/cloud.js';
import { runPage } from '../support/page-run.js';
import { mounts, pageWorkflows } from '../support/page-workflows.js';

const cloud = useCloud('--buckets', 'my-images');
let source: string;
beforeAll(async () => {
  source = await publishWithApt(cloud);
});

const workflows = pageWorkflows().filter((page) => page.mark === undefined && !mounts(page));

test.each(workflows)(
  'the workflow of $location runs with exactly the calls that it needs',
  async (page) => await runPage(page, { cloud, source }),
);
