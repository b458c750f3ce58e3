/** Peak memory of a process and all its descendants. */
import { readdirSync, readFileSync } from 'node:fs';

/** Samples every 200 ms. @returns a function that ends it and returns the peak in MB */
export function sampleMemory(root) {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, sumOf(root));
  }, 200);
  return () => {
    clearInterval(timer);
    return peak / 1000;
  };
}

/** The proportional set sizes (proc_pid_smaps(5)) of a process and its descendants, in kB. */
function sumOf(root) {
  const children = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = field(`/proc/${pid}/status`, 'PPid');
    children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
  }
  const all = [root];
  for (const pid of all) all.push(...(children.get(pid) ?? []));
  return all.reduce((sum, pid) => sum + field(`/proc/${pid}/smaps_rollup`, 'Pss'), 0);
}

function field(path, name) {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
