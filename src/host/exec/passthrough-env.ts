const names = [
  'GITHUB_WORKSPACE',
  'RUNNER_TEMP',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/** What commands that work on the VM are given of the environment of a build: where to work, and the proxies. */
export const passthroughEnv = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
