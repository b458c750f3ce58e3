/** A refusal in the format of S3: an HTTP status, a code and a text. */
export class StoreError extends Error {
  override name = 'StoreError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const accessDenied = (why: string) => new StoreError(403, 'AccessDenied', why);
export const noSuchBucket = () => new StoreError(404, 'NoSuchBucket', 'The specified bucket does not exist');
export const noSuchKey = () => new StoreError(404, 'NoSuchKey', 'The specified key does not exist.');
