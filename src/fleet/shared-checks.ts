import { sha256 } from '../common/sha256.js';
import { attempt } from '../host/proc/processes.js';
import type { Operation, RequestOf, ResponseOf } from '../outscale/api.js';
import { readAnswer } from '../outscale/client/answer.js';
import type { Cloud } from '../outscale/client/client.js';
import { askUnlessAnswered, sinceBoot, type VmTime } from './ask.js';
import type { ReadBoard, SharedAnswer } from './read-board.js';

/**
 * A client for the checks at the start of builds, which ask the same: an answer that another build of this
 * user requested after `start` is as recent as an own one would be. Shared are reads, and the success of a
 * dry run, which only shows that the call is permitted. Errors and all other calls are those of this build.
 * @param board without it, or if it cannot be used, each build asks for itself
 * @param start when this process started, in milliseconds since the boot
 */
export function sharedChecks(
  cloud: Cloud,
  board: ReadBoard | undefined,
  signal: AbortSignal,
  time: VmTime = sinceBoot,
  start: number = time.clock() - performance.now(),
): Cloud {
  async function call<Op extends Operation>(operation: Op, request: RequestOf<Op>): Promise<ResponseOf<Op>> {
    const isDryRun = request.DryRun === true;
    if (board === undefined || (!isDryRun && !operation.startsWith('Read')))
      return await cloud.call(operation, request);
    const question = `${operation}-${isDryRun ? 'dry-run' : sha256(JSON.stringify(request)).slice(0, 16)}`;
    const shared = (): ResponseOf<Op> | undefined => {
      const answer = attempt(() => board.answer(question));
      return isRecent(answer) ? responseIn(answer, operation, isDryRun) : undefined;
    };
    const known = shared();
    if (known !== undefined) return known;
    const { answer, asked } = await askUnlessAnswered(
      async (stop, watch) => await cloud.with(stop).call(operation, request, watch),
      shared,
      signal,
      time,
    );
    // An API that ignores DryRun has created something, which is this build's to delete.
    const items = isDryRun ? [{}] : [answer];
    if (asked !== undefined) attempt(() => board.publish(question, { asked, ids: [], items }));
    return answer;
  }

  const isRecent = (answer: SharedAnswer | undefined): answer is SharedAnswer =>
    // Times in the future are of an earlier boot.
    answer !== undefined && answer.asked >= start && answer.asked <= time.clock();

  const responseIn = <Op extends Operation>(
    { items: [item], asked }: SharedAnswer,
    operation: Op,
    isDryRun: boolean,
  ): ResponseOf<Op> | undefined => {
    const response = { status: 200, headers: {}, body: JSON.stringify(item) };
    return attempt(() => readAnswer(operation, cloud.endpoint, response, asked, isDryRun));
  };

  return {
    endpoint: cloud.endpoint,
    call,
    with: (other) => sharedChecks(cloud.with(other), board, other, time, start),
  };
}
