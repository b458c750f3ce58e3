/**
 * The program that all files of dist/ share: one function for each of them. Importing it has no side effects:
 * each entry is evaluated when it is called. Code that only the command line needs is in a chunk that a build
 * does not parse.
 */

/** The action: a whole build. Like the next four, it ends the process. */
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

/** The action find. */
export async function find(): Promise<never> {
  const entry = await import(/* webpackMode: "eager" */ './find.js');
  return await entry.find();
}

/** The command line. It resolves only if no command was run, as after --help. */
export async function cli(): Promise<void> {
  const entry = await import(/* webpackChunkName: "cli" */ './cli.js');
  await entry.cli();
}
