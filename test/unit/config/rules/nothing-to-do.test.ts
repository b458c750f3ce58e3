import { expect, test } from '@jest/globals';
import { configOf } from '../reading.js';

const noticesOf = async (inputs: Readonly<Record<string, string>>): Promise<string[]> => {
  const notices: string[] = [];
  await configOf(inputs, { notice: (line) => notices.push(line) });
  return notices;
};

test.each([{}, { provisioners: '[]' }, { 'root-volume-size': '20' }])(
  'a source build without provisioner gives a notice: %j',
  async (inputs) => {
    expect(await noticesOf(inputs)).toEqual([
      'Nothing will be changed in the image: set run, scripts, files or provisioners.',
    ]);
  },
);

test.each([
  { run: 'true' },
  { scripts: 'a.sh' },
  { files: '/a:/b' },
  { provisioners: '[{run: "true"}]' },
  { 'post-mount-commands': 'true' },
  {
    'source-omi': '',
    'from-scratch': 'true',
    'root-volume-size': '4',
    'root-device-name': '/dev/sda1',
    'pre-mount-commands': 'true',
    'omi-block-device-mappings': '[{device_name: /dev/sda1}]',
  },
])('a build that changes the image gives none: %j', async (inputs) => {
  expect(await noticesOf(inputs)).toEqual([]);
});
