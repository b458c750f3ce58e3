import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

/** The folder of the examples, which is a user's repository to them. */
export const examples = resolve(import.meta.dirname, '../../examples');

/** The commands that run a step of an example as the runner runs it. @param name of the step */
export function exampleStep(file: string, name: string): readonly string[] {
  const { jobs }: { jobs: { build: { steps: { name?: string; run?: string }[] } } } = parse(
    readFileSync(resolve(examples, file), 'utf8'),
  );
  const run = jobs.build.steps.find((step) => step.name === name)?.run;
  if (run === undefined) throw new Error(`${file} has no step ${name}`);
  return ['bash', '-e', '-c', run];
}
