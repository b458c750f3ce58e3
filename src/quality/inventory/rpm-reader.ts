import { BuildError } from '../../common/errors.js';
import { entriesOf } from '../../host/image/entries.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import type { Namespace } from '../../host/sandbox/namespaces.js';
import { runInside } from '../../host/sandbox/run.js';
import type { RpmReader } from './read.js';
import { packagesOfRpm, queryRpm, rpmLimits } from './rpm.js';

/** The database since Fedora 36, and before. */
const databases = ['/usr/lib/sysimage/rpm', '/var/lib/rpm'] as const;
/**
 * Reads the packages with the image's own rpm, in the namespaces of the build and without network: the format
 * of the database depends on the version of rpm. rpm writes lock and log files beside the database, so it
 * reads a copy in the directory for temporary files.
 */
export const rpmReader =
  (
    {
      tree,
      sandbox,
      scratch,
    }: { readonly tree: ImageTree; readonly sandbox?: Namespace; readonly scratch?: string },
    signal: AbortSignal,
  ): RpmReader =>
  async () => {
    const folder = databases.find((path) =>
      entriesOf(tree, path).some(({ stat }) => stat.isFile() && stat.size > 0),
    );
    if (folder === undefined || tree.stat('/usr/bin/rpm')?.isFile() !== true) return undefined;
    if (sandbox === undefined || scratch === undefined)
      throw new BuildError('the packages of rpm are read only in a whole build');
    const copy = `${scratch}/build-omi-rpm`;
    tree.makeFolders(copy);
    try {
      let total = 0;
      for (const { name, stat } of entriesOf(tree, folder)) {
        if (!stat.isFile()) continue;
        total += stat.size;
        if (total > rpmLimits.bytes)
          throw new BuildError(`${folder} of the image is larger than the limit of ${rpmLimits.bytes} bytes`);
        const content = tree.read(`${folder}/${name}`, rpmLimits.bytes);
        if (content) tree.create(`${copy}/${name}`, content, { uid: 0, gid: 0, mode: 0o600 });
      }
      const lines: string[] = [];
      let size = 0;
      const stop = new AbortController();
      const { code, last } = await runInside(sandbox, queryRpm(copy), {
        env: { PATH: '/usr/bin:/bin', HOME: '/root', LANG: 'C.UTF-8' },
        network: false,
        onLine: (line) => {
          size += line.length;
          if (size > rpmLimits.output)
            stop.abort(new BuildError('rpm of the image printed more than 16 MiB'));
          else lines.push(line);
        },
        signal: AbortSignal.any([signal, stop.signal, AbortSignal.timeout(rpmLimits.ms)]),
      });
      if (code !== 0) throw new BuildError(`rpm of the image exited with ${code}`, { output: last });
      return packagesOfRpm(lines);
    } finally {
      await sandbox.killAll(signal);
      tree.removeAll(copy);
    }
  };
