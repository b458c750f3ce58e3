/** @once It tests how options are read. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { launch, type Ran, successful } from '../support/process.js';

const cloud = useCloud();

/** Values that a YAML or JSON parser reads as number, boolean, null or date. */
const written = {
  Account: '099720109477',
  Version: '1.10',
  Number: '00012',
  Flag: 'yes',
  Nothing: '~',
  Day: '2026-11-21',
  Mode: '0755',
};
const lines = (glue: string, indent = ''): string =>
  Object.entries(written)
    .map(([key, value]) => `${indent}${key}${glue}${value}`)
    .join('\n');
const print = Object.keys(written)
  .map((key) => `echo "${key} is $${key}"`)
  .join('; ');

/** The options as a map, none of its scalars in quotes. */
const yaml = `tags:\n${lines(': ', '  ')}\nenv:\n${lines(': ', '  ')}\nomi_description: 0755\nomi_account_ids: [099720109477]\nrun: ${print}\n`;
/** As JSON; what JSON takes for a number stands there as one. */
const json = JSON.stringify({
  tags: written,
  env: written,
  omi_description: '0755',
  omi_account_ids: ['099720109477'],
  run: print,
}).replaceAll('"1.10"', '1.10');

type Options = Readonly<Record<string, string>>;
const single: Options = {
  tags: lines('='),
  env: lines('='),
  'omi-description': '0755',
  'omi-account-ids': '099720109477',
  run: print,
};
const files: Options = { 'build.yml': yaml, 'build.json': json };

async function asAction(options: Options): Promise<Ran> {
  const job = step(cloud, { inputs: options });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(job.workspace, name), text);
  return await job.main();
}

async function asCommand(options: Options): Promise<Ran> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cloud.folder, name), text);
  const all: Options = {
    'source-omi': cloud.source,
    'custom-endpoint-oapi': cloud.endpoint,
    'metadata-endpoint': cloud.metadata,
    'state-dir': join(cloud.folder, 'state'),
    ...options,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const { accessKey, secretKey } = defaultAccount;
  return await launch(
    [process.execPath, join(dist, 'cli.js'), 'build', ...flags],
    {
      PATH: process.env.PATH,
      HOME: '/root',
      TMPDIR: cloud.folder,
      OSC_ACCESS_KEY: accessKey,
      OSC_SECRET_KEY: secretKey,
    },
    cloud.folder,
  ).ended;
}

const forms: Readonly<Record<string, Options>> = {
  'each by itself': single,
  'a YAML file': { config: 'build.yml' },
  'a JSON file': { config: 'build.json' },
  'YAML inline': { config: yaml },
  'JSON inline': { config: json },
};
const invocations = Object.entries({ inputs: asAction, flags: asCommand }).flatMap(([invocation, run]) =>
  Object.entries(forms).map(([form, options]) => [invocation, form, run, options] as const),
);

test.each(invocations)(
  '%s, %s: the build receives values as written',
  async (invocation, form, run, options) => {
    cloud.requests();
    const { text } = successful(await run({ ...options, 'omi-name': `${invocation} ${form}` }));
    const asked = cloud.requests();
    const request = (operation: string) =>
      asked.find((one) => one.operation === operation && one.request.DryRun !== true)?.request;
    expect(request('CreateImage')).toMatchObject({ Description: '0755' });
    expect(request('UpdateImage')).toMatchObject({
      PermissionsToLaunch: { Additions: { AccountIds: ['099720109477'] } },
    });
    const sent = JSON.stringify(asked.filter(({ operation }) => operation === 'CreateTags'));
    for (const [Key, Value] of Object.entries(written)) {
      expect(sent).toContain(JSON.stringify({ Key, Value }));
      expect(text).toContain(`${Key} is ${Value}`);
    }
  },
);
