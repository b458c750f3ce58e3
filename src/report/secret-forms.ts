/** Bytes below which a secret is not looked for in its encodings: these would be found in text that has nothing to do with it. */
const shortest = 6;

/** Columns at which base64(1) and openssl(1) break their lines. */
const widths = [76, 64];

/**
 * A secret as programs print it: as it is, URL-encoded (also as in forms, and with lower-case digits), escaped as in JSON,
 * and in base64, both alphabets, alone or inside something longer.
 */
export function formsOf(secret: string): string[] {
  if (Buffer.byteLength(secret) < shortest) return [secret];
  const encoded = [encode(secret), encodeStrictly(secret)].flatMap((text) => [
    text,
    text.replaceAll('%20', '+'),
    text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
  const base64 = base64Forms(secret);
  const forms = [
    secret,
    ...encoded,
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map(toUrlAlphabet),
  ];
  return [...new Set(forms)];
}

/** A lone half of a surrogate pair, which cannot be encoded, becomes what UTF-8 makes of it. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** RFC 3986, as curl and Python encode. */
const encodeStrictly = (text: string): string =>
  encode(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Three bytes become four characters, so that the characters of a secret depend on how many bytes stand before it: of each
 * of the three possibilities those characters that depend on the secret alone. The line of a long one may be broken.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const alone = bytes.toString('base64');
  const inside = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const broken = widths.flatMap((width) => {
    const lines = Array.from({ length: Math.ceil(alone.length / width) }, (_, line) =>
      alone.slice(line * width, (line + 1) * width),
    );
    return lines.length === 1 ? [] : lines.filter((line) => line.length >= shortest);
  });
  return [alone, alone.replace(/=+$/, ''), ...inside, ...broken];
}

const toUrlAlphabet = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');
