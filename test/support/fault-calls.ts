import { jobOf, type Kind } from './fault-rows.js';
import { successful } from './process.js';
import { publishOld } from './publish-old.js';
import { publishFamily } from './retaining.js';
import { emptyWorker, type Worker } from './worker.js';

/** A call of a build: the `skip`+1st of its operation, the polls of one wait counted as one. */
export interface Call {
  readonly operation: string;
  readonly skip: number;
}

/** The calls of a successful build of a kind, as far as a plain build does not have them. */
export async function ownCalls(kind: Kind, worker: Worker): Promise<readonly Call[]> {
  const name = 'going well';
  if (kind === 'replacing') await publishOld(worker, name);
  if (kind === 'retaining') await publishFamily(worker, name);
  worker.cloud.requests();
  successful(await jobOf(worker, { kind }, name).main());
  const requests = worker.cloud.requests();
  await emptyWorker(worker);
  const counts = new Map<string, number>();
  let last = '';
  const calls = requests.flatMap(({ operation, request }) => {
    const call = JSON.stringify([operation, request]);
    if (call === last) return [];
    last = call;
    const skip = counts.get(operation) ?? 0;
    counts.set(operation, skip + 1);
    return [{ operation, skip }];
  });
  return own(kind, calls);
}

function own(kind: Kind, calls: readonly Call[]): readonly Call[] {
  const from = (operation: string): number => calls.findIndex((call) => call.operation === operation);
  if (kind === 'foreign') return calls.slice(from('ReadSnapshots'), from('CreateVolume'));
  if (kind === 'exporting')
    return [
      ...calls.filter(({ operation }) => operation === 'HeadBucket'),
      ...calls.slice(from('CreateImageExportTask')),
    ];
  if (kind === 'replacing') return calls.slice(from('ReadTags'));
  if (kind === 'keeping') return calls.slice(-3);
  if (kind === 'volume only') return calls.slice(-3);
  // What follows the tag of its snapshot that says that it stays. The volume is deleted between them.
  if (kind === 'retaining')
    return calls
      .slice(calls.findLastIndex(({ operation }) => operation === 'CreateTags') + 1)
      .filter(({ operation }) => !operation.endsWith('Volume') && !operation.endsWith('Volumes'));
  return calls;
}
