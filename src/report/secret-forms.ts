/** Bytes. Encodings of shorter secrets are not searched, because they occur in unrelated text. */
const shortest = 6;

/** Line widths of base64(1) and openssl(1). */
const widths = [76, 64];

/**
 * The forms in which programs print a secret: plain, URL-encoded (also as in forms, and with lower-case
 * digits), escaped as in JSON, and base64 in both alphabets, alone or inside a longer text.
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

/** URL-encodes. A lone surrogate, which encodeURIComponent refuses, becomes U+FFFD first. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** RFC 3986, as curl and Python encode. */
const encodeStrictly = (text: string): string =>
  encode(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Base64 encodes three bytes as four characters, so the characters depend on the number of preceding bytes.
 * Returns, for each of the three offsets, the characters that depend on the secret alone, and the lines of a
 * secret that programs wrap.
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
