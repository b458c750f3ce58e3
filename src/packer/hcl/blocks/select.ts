import type { Findings } from '../../template.js';
import type { BuildSource } from './builds.js';

/** `BUILD.TYPE.NAME`, or `TYPE.NAME` in a build without a name. */
const fullName = ({ buildName, type, name }: BuildSource): string =>
  [buildName, type, name].filter((part) => part !== '').join('.');

const shown = (sources: readonly BuildSource[]): string => sources.map(fullName).join(', ') || 'none';

/**
 * The source to build: the one that the user named (`NAME`, `TYPE.NAME` or `BUILD.TYPE.NAME`), else the only
 * one that this program can build.
 * @param types the builder types that this program replaces
 */
export function selectSource(
  sources: readonly BuildSource[],
  wanted: string | undefined,
  types: readonly string[],
  findings: Findings,
): BuildSource | undefined {
  const chroot = sources.filter(({ type }) => types.includes(type));
  const isWanted = (one: BuildSource): boolean =>
    [one.name, `${one.type}.${one.name}`, fullName(one)].includes(wanted ?? '');
  const found = wanted === undefined ? chroot : sources.filter(isWanted);
  const [one, second] = found;
  const at = ['build', 'sources'];
  const fix = `set builder to one of: ${shown(chroot)}`;
  if (one === undefined && wanted === undefined)
    findings.problem(
      at,
      `has no source of a supported type (it has: ${shown(sources)})`,
      `write a source of type ${types[0]}`,
    );
  else if (one === undefined) findings.problem(at, `has no source ${wanted}`, fix);
  else if (second !== undefined)
    findings.problem(at, `has several sources that match (${shown(found)})`, fix);
  else if (!types.includes(one.type))
    findings.problem(at, `has the source ${shown(found)}, whose type is not supported`, fix);
  else return one;
  return undefined;
}
