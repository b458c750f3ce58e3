import type { Folders } from '../../../../src/common/folders.js';
import type { ReadContext } from '../../../../src/config/kit/context.js';

/** Files by path, as the options see them: every path is in the workspace `/w`, unless it is absolute. */
export function workspaceWith(
  files: Readonly<Record<string, string>>,
): Pick<ReadContext, 'folders' | 'readFile' | 'workspace'> {
  const real = (path: string): string => {
    const parts: string[] = [];
    for (const part of (path.startsWith('/') ? path : `/w/${path}`).split('/'))
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    return `/${parts.join('/')}`;
  };
  const all = new Map(Object.entries(files).map(([path, text]) => [real(path), text]));
  const isFolder = (path: string): boolean => [...all.keys()].some((one) => one.startsWith(`${path}/`));
  const folders: Folders = {
    names: (path) => {
      const folder = real(path);
      if (!isFolder(folder)) return undefined;
      const below = [...all.keys()].filter((one) => one.startsWith(`${folder}/`));
      return [...new Set(below.map((one) => one.slice(folder.length + 1).split('/')[0] ?? ''))];
    },
    realPath: (path) => (all.has(real(path)) || isFolder(real(path)) ? real(path) : undefined),
    size: (path) => all.get(real(path))?.length,
  };
  return { folders, workspace: '/w', readFile: (path) => all.get(real(path)) };
}

/** A template with one source and a build. @param more other blocks */
export const templateWith = (more: string, source = '', build = ''): string => `${more}
source "outscale-chroot" "web" {
  source_omi = "ami-12345678"
  omi_name   = "packed"
${source}
}
build {
  sources = ["source.outscale-chroot.web"]
${build}
}
`;
