/**
 * The one program that all files of dist/ share: a function for each of them to call. Importing it does no work: each
 * entry is evaluated when it is called. What only the command line needs is in a chunk that a build does not parse.
 */

/** The action: a whole build. It ends the process, as the other three do. */
export async function main(): Promise<never> {
  const entry = await import(/* webpackMode: "eager" */ './main.js');
  return await entry.main();
}

/** The post step of the action. */
export async function post(): Promise<never> {
  const entry = await import(/* webpackMode: "eager" */ './post.js');
  return await entry.post();
}

/** The action mount. */
export async function mount(): Promise<never> {
  const entry = await import(/* webpackMode: "eager" */ './mount.js');
  return await entry.mount();
}

/** The action commit. */
export async function commit(): Promise<never> {
  const entry = await import(/* webpackMode: "eager" */ './commit.js');
  return await entry.commit();
}

/** The command line. It resolves only where no command was run, as after --help. */
export async function cli(): Promise<void> {
  const entry = await import(/* webpackChunkName: "cli" */ './cli.js');
  await entry.cli();
}
