import { shown } from '../../host/image/limits.js';
import type { Changes } from './changes.js';

/** Maximum number of names in a line. */
const namesInLine = 3;

/**
 * The changes in one line: `12 packages added, 3 updated; unit nginx.service enabled; user alice added;
 * +48 MiB`.
 */
export function changesText({ packages, units, users, groups, setuid, kernels, bytes }: Changes): string {
  const size = Math.round(bytes / 2 ** 20);
  const parts = [
    packageText(packages),
    names('unit', units.added, 'enabled'),
    names('unit', units.removed, 'disabled'),
    names('user', users.added, 'added'),
    names('user', users.removed, 'removed'),
    // A user mostly has a group of the same name, which says nothing new.
    names(
      'group',
      groups.added.filter((one) => !users.added.includes(one)),
      'added',
    ),
    names('kernel', kernels.added, 'added'),
    names('kernel', kernels.removed, 'removed'),
    names('setuid file', setuid.added, 'added'),
    `${size < 0 ? '-' : '+'}${Math.abs(size)} MiB`,
  ];
  return parts.filter(Boolean).join('; ');
}

function packageText({ added, removed, updated }: Changes['packages']): string {
  const counts = [
    [added.length, 'added'],
    [updated.length, 'updated'],
    [removed.length, 'removed'],
  ] as const;
  const some = counts.filter(([count]) => count > 0).map(([count, verb]) => `${count} ${verb}`);
  const [first, ...others] = some;
  if (first === undefined) return '';
  const noun = first.startsWith('1 ') ? 'package' : 'packages';
  return [first.replace(' ', ` ${noun} `), ...others].join(', ');
}

function names(noun: string, all: readonly string[], verb: string): string {
  if (all.length === 0) return '';
  const first = all.slice(0, namesInLine).map(shown).join(', ');
  const rest = all.length - namesInLine;
  return `${noun}${all.length === 1 ? '' : 's'} ${first}${rest > 0 ? ` and ${rest} more` : ''} ${verb}`;
}
