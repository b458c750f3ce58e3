import aws4 from 'aws4';

/** An access key as the API knows it; the session token goes with temporary ones. */
export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** What is signed: a JSON body POSTed to a URL. */
export interface Unsigned {
  readonly url: string;
  readonly body: string;
  readonly region: string;
}

/**
 * The headers of a signed request: AWS Signature Version 4 with service `oapi`, which the API takes as it is
 * (user guide, "Signature of API Requests"). It is good for 5 minutes around `now` (milliseconds since 1970),
 * so every attempt is signed anew.
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
        'X-Amz-Date': new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      },
    },
    {
      accessKeyId: keys.accessKey,
      secretAccessKey: keys.secretKey,
      ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    },
  );
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
