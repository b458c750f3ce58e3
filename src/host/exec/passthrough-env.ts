const names = [
  'GITHUB_WORKSPACE',
  'RUNNER_TEMP',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/**
 * The variables of a build's environment that commands on the VM get: workspace, temporary directory and
 * proxies.
 */
export const passthroughEnv = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
