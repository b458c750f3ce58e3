import { filesOf, readsAnswers, whyAlone } from './test/support/test-files.ts';

/** The kinds of tests; scripts/test.sh runs them one after another. */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' },
    ],
  },
};

/** The projects of a kind: files that run while no other one does, and then those that run in several processes. */
function projectsOf(kind, files = filesOf(kind)) {
  const project = (displayName, chosen, more = {}) => ({
    ...shared,
    ...more,
    displayName,
    testMatch: chosen.map(({ path }) => `<rootDir>/${path}`),
  });
  const isAlone = ({ text }) => whyAlone(text) !== undefined;
  return [
    project(`${kind} (alone)`, files.filter(isAlone), {
      runner: '<rootDir>/test/support/alone-runner.mjs',
    }),
    project(
      kind,
      files.filter((file) => !isAlone(file)),
    ),
  ].filter(({ testMatch }) => testMatch.length > 0);
}

export default {
  coverageProvider: 'v8',
  testSequencer: '<rootDir>/test/support/long-first.mjs',
  reporters: ['default', '<rootDir>/test/support/closing-line.mjs'],
  projects: [
    ...['unit', 'e2e', 'fault-injection', 'privileged'].flatMap((kind) => projectsOf(kind)),
    ...projectsOf(
      'minimal',
      filesOf('e2e').filter(({ text }) => readsAnswers(text)),
    ),
  ],
};
