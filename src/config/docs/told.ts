import { describeDefault } from '../kit/describe.js';
import type { CommandName, Group, Option } from '../kit/option.js';
import { optionsOf, table } from '../options/table.js';

/** The options that one half of a build takes over from the other. */
const inheritedByCommit = new Set([...Object.keys(table.image), 'snapshot_timeout', 'image_timeout']);

/** The options of a way in, with what holds there without them. */
export const documentedOptions = (command: CommandName): Group =>
  Object.fromEntries(
    Object.entries(optionsOf(command)).map(([name, one]) => [
      name,
      inheritedByCommit.has(name) ? documented(command, one) : one,
    ]),
  );

function documented(command: CommandName, one: Option<unknown>): Option<unknown> {
  const { required, ...rest } = one;
  if (command === 'mount' && required !== undefined)
    return { ...rest, otherwise: 'none; then `commit` has to give it' };
  if (command === 'commit') {
    const text =
      required === undefined ? `, else ${describeDefault(one) || 'none'}` : '; one of them has to give it';
    return { ...rest, otherwise: `what \`mount\` was given${text}` };
  }
  return one;
}
