import { exec } from '../host/exec/exec.js';
import { which } from '../host/exec/programs.js';

/** Where apt finds the packages of Debian, and how. */
export interface AptSource {
  readonly mirror: string;
  /** Empty without one. */
  readonly proxy: string;
  /** Other settings of apt(8) for the network, in the syntax of apt.conf(5). */
  readonly settings: string;
}

const usual: AptSource = { mirror: 'https://deb.debian.org/debian', proxy: '', settings: '' };

/** The Debian mirror of this machine's apt, with its proxy; the usual one on another distribution. */
export async function aptSource(): Promise<AptSource> {
  if (which('apt-get') === undefined) return usual;
  const targets = await exec(['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Component: main']);
  const mirror = /^.*\/debian\/?$/m.exec(targets.stdout)?.[0];
  if (mirror === undefined) return usual;
  const dump = await exec(['apt-config', 'dump', '--no-empty']);
  const proxy = /^Acquire::http::Proxy "(http.*)";/im.exec(dump.stdout)?.[1] ?? process.env.http_proxy ?? '';
  const others = dump.stdout.match(/^Acquire::(https::Proxy|Check-\S+) .*\n/gim) ?? [];
  const settings = [proxy && `Acquire::http::Proxy "${proxy}";\n`, ...others].join('');
  return { mirror, proxy, settings };
}
