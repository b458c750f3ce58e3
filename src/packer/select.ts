import type { Block, Findings, Template } from './template.js';

/** The name of a builder: its `name`, else its type. */
export const nameOf = ({ name, type }: Block): string => name ?? type;

/** Whether `NAME`, `TYPE.NAME` or `BUILD.TYPE.NAME` means a builder. */
const isMeant = (wanted: string, block: Block): boolean => {
  const full = `${block.type}.${nameOf(block)}`;
  return wanted === nameOf(block) || wanted === full || wanted.endsWith(`.${full}`);
};

const shown = (blocks: readonly Block[]): string =>
  blocks.map((block) => (block.name === undefined ? block.type : `${block.type}.${block.name}`)).join(', ') ||
  'none';

/**
 * The builder to run: the one that the user named, else the only one of the template that this program
 * replaces.
 * @param types the builder types that this program replaces
 */
export function selectBuilder(
  { builders }: Pick<Template, 'builders'>,
  wanted: string | undefined,
  types: readonly string[],
  findings: Findings,
): Block | undefined {
  const chroot = builders.filter(({ type }) => types.includes(type));
  const found = wanted === undefined ? chroot : builders.filter((block) => isMeant(wanted, block));
  const [builder] = found;
  const at = ['builders'];
  if (builder === undefined) {
    if (wanted !== undefined)
      findings.problem(at, `has no builder ${wanted}`, `set builder to one of: ${shown(chroot)}`);
    else
      findings.problem(
        at,
        `has no builder of a supported type (it has: ${shown(builders)})`,
        `write a builder of type ${types[0]}`,
      );
  } else if (found.length > 1)
    findings.problem(
      at,
      `has several builders that match (${shown(found)})`,
      `set builder to one of: ${shown(chroot)}`,
    );
  else if (!types.includes(builder.type))
    findings.problem(
      builder.at,
      `has the type ${builder.type}, which is not supported`,
      `set builder to one of: ${shown(chroot)}`,
    );
  else return builder;
  return undefined;
}
