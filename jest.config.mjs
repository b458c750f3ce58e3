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
export default {
  coverageProvider: 'v8',
  reporters: ['default', '<rootDir>/test/support/closing-line.mjs'],
  projects: [
    { ...shared, displayName: 'pure', testMatch: ['<rootDir>/test/pure/**/*.test.ts'] },
    { ...shared, displayName: 'stories', testMatch: ['<rootDir>/test/stories/**/*.test.ts'] },
    { ...shared, displayName: 'leaks', testMatch: ['<rootDir>/test/leaks/**/*.test.ts'] },
    { ...shared, displayName: 'root', testMatch: ['<rootDir>/test/root/**/*.test.ts'] },
  ],
};
