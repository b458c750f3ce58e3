import aws4 from 'aws4';
import { createObjectStore, type ObjectStore } from '../../src/object-store/store.js';
import type { Keys } from '../../src/outscale/client/sign.js';
import { createTransport } from '../../src/outscale/client/transport.js';

const region = 'eu-west-2';

/** The client of an object storage, as a build has it. */
export const storeOf = (endpoint: string, keys: Keys): ObjectStore =>
  createObjectStore({
    endpoint,
    region,
    keys: () => Promise.resolve(keys),
    transport: createTransport(),
    budget: 2_000,
  });

/** Creates an object, or a bucket if the key is empty. @returns the status */
export async function put(store: ObjectStore, keys: Keys, target: string, body = ''): Promise<number> {
  const [bucket = '', ...key] = target.split('/');
  const url = new URL(store.urlOf(bucket, key.join('/')));
  const { headers } = aws4.sign(
    { service: 's3', region, method: 'PUT', host: url.host, path: url.pathname, body },
    { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey },
  );
  const sent = Object.entries(headers ?? {}).filter(([name]) => !/^(host|content-length)$/i.test(name));
  const given = sent.map(([name, value]): [string, string] => [name, String(value)]);
  return (await fetch(url, { method: 'PUT', headers: given, body: body === '' ? null : body })).status;
}

/** The status and the text of a GET without keys. */
export async function get(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = await answer.text();
  return `${answer.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? text}`;
}
