import { expect, test } from '@jest/globals';
import { exportedIn } from '../../../../src/steps/reuse/exported.js';

test('a reused OMI has the export that its outputs name', () => {
  const [url, manifestUrl] = ['https://oos.example/b/snap-1.qcow2.gz', 'https://oos.example/b/manifest'];
  expect(exportedIn([])).toBeUndefined();
  expect(exportedIn([['export-url', url]])).toEqual({ url });
  expect(
    exportedIn([
      ['export-url', url],
      ['export-manifest', manifestUrl],
    ]),
  ).toEqual({ url, manifestUrl });
});
