import type { PartialConfig } from '../options/table.js';
import type { RuleContext } from './context.js';

/** The options that change the content of the image. */
const changing = ['files', 'scripts', 'run', 'provisioners', 'pre_mount_commands', 'post_mount_commands'];

/** A notice about a build from a source that changes nothing in the image; undefined for any other. */
export function noticeOfNothingToDo(
  { source, provision }: PartialConfig,
  { command, given }: Pick<RuleContext, 'command' | 'given'>,
): string | undefined {
  const isUnchanged = changing
    .filter((name) => given(name))
    .every((name) => name === 'provisioners' && provision?.provisioners?.length === 0);
  // Between mount and commit, the steps of the job change the image.
  if (command !== 'build' || source?.from_scratch === true || !isUnchanged) return undefined;
  return 'Nothing will be changed in the image: set run, scripts, files or provisioners.';
}
