import { randomInt } from 'node:crypto';

/** What this run draws by. The variable FAULT_SEED repeats an earlier run, whose seed it printed. */
export const seed = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));

/** How many of something: the variable of that name, or as many as CI has time for. */
export const howMany = (variable: string, usual: number): number => Number(process.env[variable] ?? usual);
