import { defaultWords } from '../kit/describe.js';
import type { Group, Option, CommandName } from '../kit/option.js';
import { optionsOf, table } from '../options/table.js';

/** The options that one half of a build takes over from the other. */
const takenOver = new Set([...Object.keys(table.image), 'snapshot_timeout', 'image_timeout']);

/** The options of a way in, with what holds there without them. */
export const toldOptions = (command: CommandName): Group =>
  Object.fromEntries(
    Object.entries(optionsOf(command)).map(([name, one]) => [name, takenOver.has(name) ? told(command, one) : one]),
  );

function told(command: CommandName, one: Option<unknown>): Option<unknown> {
  const { required, ...rest } = one;
  if (command === 'mount' && required !== undefined)
    return { ...rest, otherwise: 'none; then `commit` has to give it' };
  if (command === 'commit') {
    const words =
      required === undefined ? `, else ${defaultWords(one) || 'none'}` : '; one of them has to give it';
    return { ...rest, otherwise: `what \`mount\` was given${words}` };
  }
  return one;
}
