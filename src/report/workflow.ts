type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the log is that of a workflow. A test of an action may set only the files of the runner. */
export const isWorkflow = ({ GITHUB_ACTIONS, GITHUB_OUTPUT }: Environment): boolean =>
  GITHUB_ACTIONS === 'true' || Boolean(GITHUB_OUTPUT);

/** How to keep the volume of a failed build. */
export const keepHint = (environment: Environment): string =>
  `To look inside next time: ${isWorkflow(environment) ? 'on-failure: keep' : '--on-failure keep'}`;

/** The page about failed builds in the version of the action that runs. */
export function helpPage(environment: Environment): string | undefined {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_ACTION_REPOSITORY: repository,
    GITHUB_ACTION_REF: ref,
  } = environment;
  if (!server || !repository || !ref) return undefined;
  return `${server}/${repository}/blob/${encodeURIComponent(ref)}/docs/guides/troubleshooting.md`;
}
