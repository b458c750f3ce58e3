/** Medians of runs, and how they are shown. */

export const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const middle = (runs, of) => Math.round(median(runs.map(of)) * 100) / 100;

/** The medians of several runs, each value by itself. */
export function summarize(runs, floor) {
  const each = (of) =>
    Object.fromEntries(
      [...new Set(runs.flatMap((run) => Object.keys(of(run))))].map((key) => [
        key,
        middle(runs, (run) => of(run)[key] ?? 0),
      ]),
    );
  return {
    runs: runs.length,
    failed: runs.reduce((sum, { failed }) => sum + failed, 0),
    ms: middle(runs, ({ ms }) => ms),
    mean: middle(runs, ({ mean }) => mean),
    ...(floor === undefined ? {} : { overFloor: middle(runs, ({ ms }) => ms / floor) }),
    calls: middle(runs, ({ callsTotal }) => callsTotal),
    callsASecond: middle(runs, ({ callsTotal, ms }) => callsTotal / (ms / 1000)),
    refused: middle(runs, ({ refused }) => refused),
    refusedShare: middle(runs, ({ refusedShare }) => refusedShare),
    cpuMs: middle(runs, ({ cpu }) => cpu),
    memoryMB: middle(runs, ({ memory }) => memory),
    callsByKind: each(({ calls }) => calls),
    phases: each(({ phases }) => phases),
  };
}

export function tableOf(result) {
  const { set, atOnce, rate, floor, overFloor, callsByKind, phases } = result;
  const lines = [
    `${set}, ${atOnce} at once${rate === undefined ? '' : `, ${rate} calls a second`}, medians of ${result.runs}`,
    `  wall time       ${(result.ms / 1000).toFixed(1)} s (mean of the builds ${(result.mean / 1000).toFixed(1)} s)${floor === undefined ? '' : `, floor ${(floor / 1000).toFixed(1)} s: ${overFloor.toFixed(2)} x`}`,
    `  calls           ${result.calls}, ${result.callsASecond} a second, ${result.refused} refused (${(100 * result.refusedShare).toFixed(1)} %)`,
    `  CPU of a build  ${result.cpuMs.toFixed(0)} ms${result.memoryMB > 0 ? `, peak memory ${result.memoryMB.toFixed(0)} MB` : ''}, ${result.failed} failed`,
    ...Object.entries(phases).map(([name, ms]) => `  ${String(Math.round(ms)).padStart(7)} ms  ${name}`),
    `  ${Object.entries(callsByKind)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  ];
  return lines.join('\n');
}
