/**
 * The proxy for a URL, from the usual variables: `https_proxy` or `HTTPS_PROXY` for https, `http_proxy` or
 * `HTTP_PROXY` for http, unless `no_proxy` or `NO_PROXY` contains the host. `no_proxy` is `*` or a list of
 * hosts, optionally with ports; each host includes its subdomains.
 */
export function proxyFor(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const read = (name: string): string => environment[name] || environment[name.toUpperCase()] || '';
  const { protocol, hostname, port } = new URL(url);
  const proxy = read(protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  if (proxy === '') return undefined;
  const direct = read('no_proxy')
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only = ''] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
      if (name === '' || (only !== '' && only !== (port || (protocol === 'https:' ? '443' : '80'))))
        return false;
      return hostname === name || hostname.endsWith(`.${name}`);
    });
  if (direct) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}
