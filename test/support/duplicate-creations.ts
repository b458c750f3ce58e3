import type { Recorded } from './cloud.js';

/**
 * What a record shows to have been made twice. With a ClientToken a thing is one, however often it is asked
 * for (schema `CreateVolumeRequest`); what has none, an OMI, may be asked for once.
 * @param lostIsDone whether a call without an answer was done all the same.
 */
export function madeTwice(requests: readonly Recorded[], lostIsDone: boolean): string[] {
  const made = requests.filter(
    ({ operation, request, status }) =>
      /^Create(Volume|Snapshot|Image)$/.test(operation) &&
      request.DryRun !== true &&
      (status === 200 || (status === 0 && lostIsDone)),
  );
  const args = made
    .filter(({ request }) => request.ClientToken === undefined)
    .map(({ operation, request }) => `${operation} ${JSON.stringify(request)}`);
  return args.filter((one, index) => !one.startsWith('CreateImage') || args.indexOf(one) < index);
}
