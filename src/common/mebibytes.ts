/** A number of bytes as text, rounded down. */
export const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
