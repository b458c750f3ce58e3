// The index of undici takes several times as long to load.
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';

/** What connects to servers, or to an HTTP proxy. @param proxy its options; undefined: there is none */
export function createDispatcher(
  options: ConstructorParameters<typeof Agent>[0],
  proxy: ConstructorParameters<typeof ProxyAgent>[0] | undefined,
): Dispatcher {
  // As the index does; ProxyAgent calls it.
  Dispatcher.prototype.connect = connect;
  return proxy === undefined ? new Agent(options) : new ProxyAgent(proxy);
}

/** Sends a request. @throws the error of the connection */
export async function sendRequest(
  dispatcher: Dispatcher,
  url: string,
  options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  return await request.call(dispatcher, { origin, path: `${pathname}${search}`, ...options });
}
