import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

// jest.config.mjs loads this file as it is: node takes the types out.

const root = resolve(import.meta.dirname, '../..');

export interface TestFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** The test files of a folder of `test/`. */
export const filesOf = (folder: string): TestFile[] =>
  globSync(`test/${folder}/**/*.test.ts`, { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/**
 * What the first comment of a file says after a mark such as `@alone`, up to the next mark or its end;
 * undefined without the mark.
 */
function afterMark(mark: string, text: string): string | undefined {
  const [comment = ''] = text.startsWith('/**') ? text.split('*/') : [];
  return comment
    .split(`${mark} `)[1]
    ?.split(/[\s*]*@/)[0]
    ?.trim();
}

/** Why a test file runs while no other one runs: the text after `@alone`. */
export const whyAlone = (text: string): string | undefined => afterMark('@alone', text);

/** Why a test file does not run against minimal answers as well: the text after `@once`. */
export const whyOnce = (text: string): string | undefined => afterMark('@once', text);

/**
 * Whether a test file is one of those that take longest, and is started before others: it says so with
 * `@long`.
 */
export const isLong = (text: string): boolean => afterMark('@long', text) !== undefined;

/** Things that a machine has once, and how the text of a test that reads or changes them shows it. */
const machineWide = {
  swap: [/\/proc\/swaps/],
  'control groups': [/-t cgroup2?\b|\/sys\/fs\/cgroup/],
  'network configuration': [/\bip (address|addr|link|route|rule) add\b/],
  'mounts that do not answer': [/\/dev\/fuse\b/],
  // Each mount namespace that is made meanwhile has a copy, and holds the disk.
  'mounts in the namespace of the machine': [/\bmounted\(|\bmount_omi\b|\b(exec|run)\(\[?'mount'/],
  'names in /dev': [/\bfreeNames\(/, /\bsymlinkSync\(/],
};

/** What a test, by its text, reads or changes of the whole machine: it must not run together with others. */
export const machineWideIn = (text: string): string[] =>
  Object.entries(machineWide).flatMap(([thing, patterns]) =>
    patterns.every((pattern) => pattern.test(text)) ? [thing] : [],
  );

/**
 * Whether a test, by its text, depends on answers of the API beyond those that every build reads: it looks at
 * the API itself, or at what a build that ended early, a second program of the same build, or a sweep finds
 * out from it. `@once` exempts a file.
 */
export const readsAnswers = (text: string): boolean =>
  whyOnce(text) === undefined &&
  /\b(start|use)Cloud/.test(text) &&
  /\bisMinimal\b|\.(api\b|(fail|requests|kill)\()|\b(mounted|shellOf|killed|sweep|publishDisk)\(/.test(text);
