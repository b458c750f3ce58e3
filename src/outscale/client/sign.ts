import aws4 from 'aws4';

/** An API access key; temporary keys have a session token. */
export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** The request to sign: a JSON body POSTed to a URL. */
export interface Unsigned {
  readonly url: string;
  readonly body: string;
  readonly region: string;
}

/** The time of a signature as it is written: `20260102T030405Z`. @param now milliseconds since 1970 */
export const signedTime = (now: number): string => new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '');

/** Keys by the names that aws4 has for them. */
export const signingKeys = ({ accessKey, secretKey, sessionToken }: Keys) => ({
  accessKeyId: accessKey,
  secretAccessKey: secretKey,
  ...(sessionToken === undefined ? {} : { sessionToken }),
});

/**
 * The headers of a signed request: AWS Signature Version 4 with service `oapi`, which the API accepts (user
 * guide, "Signature of API Requests"). It is valid for 5 minutes around `now` (milliseconds since 1970), so
 * every attempt gets a new signature.
 */
export function sign({ url, body, region }: Unsigned, keys: Keys, now: number): Record<string, string> {
  const { host, pathname } = new URL(url);
  const { headers = {} } = aws4.sign(
    {
      service: 'oapi',
      region,
      method: 'POST',
      host,
      path: pathname,
      body,
      headers: {
        'Content-Type': 'application/json',
        'X-Amz-Date': signedTime(now),
      },
    },
    signingKeys(keys),
  );
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
