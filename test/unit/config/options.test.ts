import { expect, test } from '@jest/globals';
import { InvalidValueError, issueOf } from '../../../src/config/kit/issues.js';
import type { Group, Option } from '../../../src/config/kit/option.js';
import { table } from '../../../src/config/options/table.js';
import { asInput, checkName } from '../../../src/config/rules/names.js';
import { lintRules } from '../../../src/config/types/lint-rules.js';
import { sealActions } from '../../../src/config/types/seal.js';
import { configOf, issuesOf } from './reading.js';

/** Test data of an option: its default, texts with their values, and texts with their error line. */
interface Row {
  readonly default?: unknown;
  /** Inputs that an accepted value needs. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly accepts: readonly (readonly [text: string, value: unknown])[];
  readonly refuses: readonly (readonly [text: string, line: string])[];
}

const asWritten = (...texts: string[]): Row['accepts'] => texts.map((text) => [text, text]);
const usual = (type: string, source: string, target: string): object => ({
  type,
  source,
  target,
  optional: true,
});
const asked = (type: string, source: string, target: string): object => ({
  type,
  source,
  target,
  optional: false,
});
const file = (
  source: string,
  destination: string,
  mode?: string,
  owner?: string,
  group?: string,
): object => ({
  source,
  destination,
  mode,
  owner,
  group,
});

/** A Packer template in one line. */
const template = '{"builders": [{"type": "osc-chroot", "name": "web"}, {"type": "file"}]}';

/** Fields of a provisioner that are not set. */
const once = { max_retries: 0, valid_exit_codes: [0] };

const boolean = (name: string): Row => ({
  default: false,
  accepts: [
    ['true', true],
    ['TRUE', true],
    ['False', false],
  ],
  refuses: ['yes', 'on', '1', ' true'].map((text) => [
    text,
    `${name}: "${text}" is not a boolean; write true or false`,
  ]),
});

const secret = (name: string): Row => ({
  accepts: [],
  refuses: [['two words', `${name}: contains white space; copy the value again without white space`]],
});

const duration = (name: string, value?: number): Row => ({
  ...(value === undefined ? {} : { default: value }),
  accepts: [
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['500h', 1_800_000_000],
    ['010m', 600_000],
  ],
  refuses: ['90', '', '0s', '1.5h', '30m1h', '15 m', '501h', '15M', '-1s'].flatMap((text) =>
    text === ''
      ? []
      : [
          [
            text,
            `${name}: "${text}" is not a duration; write one such as 90s, 15m or 1h30m, at most 500h`,
          ] as const,
        ],
  ),
});

const commands = (name: string): Row => ({
  default: [],
  accepts: [
    ['mkfs.ext4 {{.Device}}1\n\nsync', ['mkfs.ext4 {{.Device}}1', 'sync']],
    ['["a: b", "c # d"]', ['a: b', 'c # d']],
  ],
  refuses: [['[" "]', `${name}, item 1: " " is not a command; write a command that is not empty`]],
});

const accounts = (name: string): Row => ({
  default: [],
  accepts: [
    ['099720109477\n000000000012', ['099720109477', '000000000012']],
    ['[099720109477]', ['099720109477']],
  ],
  refuses: [['1234', `${name}, item 1: "1234" is not an account ID; write the 12 digits of an account`]],
});

const groupsRow = (name: string): Row => ({
  default: [],
  accepts: [['all', ['all']]],
  refuses: [['everyone', `${name}, item 1: "everyone" is not a group; write all, the only group`]],
});

const zeroByte = 'has a NUL byte; remove it';

const rows: Readonly<Record<string, Row>> = {
  access_key: secret('access-key'),
  secret_key: secret('secret-key'),
  token: secret('token'),
  profile: {
    accepts: [],
    refuses: [
      ['other', 'profile: "other" is not in /home/user/.osc/config.json; must be one of: (none)'],
      ['\0', `profile: ${zeroByte}`],
    ],
  },
  region: {
    accepts: asWritten('eu-west-2', 'us-east-2', 'us-west-1', 'ap-northeast-1', 'cloudgouv-eu-west-1'),
    refuses: [
      ['Paris', 'region: "Paris" is not a valid region; write one such as eu-west-2'],
      ['evil.com/x', 'region: "evil.com/x" is not a valid region; write one such as eu-west-2'],
      [
        'eu-west-9',
        'region: "eu-west-9" is not an Outscale region; must be one of: ap-northeast-1, cloudgouv-eu-west-1, cloudgouv-eu-west-2, eu-west-2, us-east-2, us-west-1; for a new region, set skip-region-validation',
      ],
    ],
  },
  custom_endpoint_oos: {
    accepts: asWritten('http://127.0.0.1:8080', 'https://oos.example.com'),
    refuses: [
      [
        'oos.example.com',
        'custom-endpoint-oos: "oos.example.com" is not an HTTP URL; write http://HOST/PATH or https://HOST/PATH',
      ],
    ],
  },
  custom_endpoint_oapi: {
    accepts: asWritten('http://127.0.0.1:8080', 'api.example.com', 'outscale.com/oapi/latest'),
    refuses: [
      [
        'https://',
        'custom-endpoint-oapi: "https://" is not an API endpoint; write a URL, api.HOST, or a suffix such as outscale.com/api/v1',
      ],
      [
        'two words',
        'custom-endpoint-oapi: "two words" is not an API endpoint; write a URL, api.HOST, or a suffix such as outscale.com/api/v1',
      ],
    ],
  },
  insecure_skip_tls_verify: boolean('insecure-skip-tls-verify'),
  x509_cert_path: {
    accepts: [],
    refuses: [['client.pem', 'x509-key-path: is required with x509-cert-path; set both or neither']],
  },
  x509_key_path: {
    accepts: [],
    refuses: [['client.key', 'x509-cert-path: is required with x509-key-path; set both or neither']],
  },
  skip_region_validation: boolean('skip-region-validation'),
  vm_id: {
    accepts: asWritten('i-12345678'),
    refuses: [['12345678', 'vm-id: "12345678" is not a VM ID; write one such as i-12345678']],
  },
  subregion: {
    accepts: asWritten('eu-west-2a'),
    refuses: [['eu west', 'subregion: "eu west" is not a valid subregion; write one such as eu-west-2a']],
  },
  metadata_endpoint: {
    default: 'http://169.254.169.254/latest/meta-data',
    accepts: [
      ['http://127.0.0.1:8080/latest/meta-data', 'http://127.0.0.1:8080/latest/meta-data'],
      ['http://127.0.0.1/latest/', 'http://127.0.0.1/latest'],
    ],
    refuses: ['169.254.169.254', 'file:///etc/passwd', 'http://host/?a=b'].map((text) => [
      text,
      `metadata-endpoint: "${text}" is not an HTTP URL; write http://HOST/PATH or https://HOST/PATH`,
    ]),
  },
  source_omi_filter: {
    accepts: [
      [
        '{filters: {image-name: "Debian*", tag:Os: linux, ImageNames: [a, 1.10]}, owners: [099720109477, self], most_recent: true}',
        {
          filters: new Map([
            ['image-name', ['Debian*']],
            ['tag:Os', ['linux']],
            ['ImageNames', ['a', '1.10']],
          ]),
          owners: ['099720109477', 'self'],
          most_recent: true,
        },
      ],
      ['owners: [Outscale]', { filters: new Map(), owners: ['Outscale'], most_recent: false }],
    ],
    refuses: [
      [
        'filters: {name: x}',
        'source-omi-filter, owners: is missing; write the accounts that may own the OMI, such as [self]',
      ],
      [
        '{filters: {image-nam: x}, owners: [self]}',
        'source-omi-filter, filters, image-nam: "image-nam" is not an OMI filter; did you mean image-name?',
      ],
      ['{owner: [self]}', 'source-omi-filter: has the unknown field owner; did you mean owners?'],
      [
        '{owners: [a b]}',
        'source-omi-filter, owners, item 1: "a b" is not an owner; write an account ID, self, or an alias',
      ],
    ],
  },
  source_image: {
    beside: { 'source-omi': '', 'source-image-sha256': '0'.repeat(64) },
    accepts: asWritten('disk.qcow2', '/srv/a b.raw.xz', 'json:{}', 'https://example.com/disk.raw?x=1'),
    refuses: [
      [
        'http://example.com/disk.raw',
        'source-image: "http://example.com/disk.raw" is not an https URL; write a path, or https://HOST/PATH',
      ],
      [
        'file:///srv/disk.raw',
        'source-image: "file:///srv/disk.raw" is not an https URL; write a path, or https://HOST/PATH',
      ],
      [
        'https://me:word@example.com/disk.raw',
        'source-image: is a URL with credentials; write it without user and password',
      ],
    ],
  },
  source_image_sha256: {
    beside: { 'source-omi': '', 'source-image': 'disk.raw' },
    accepts: [['AB'.repeat(32), 'ab'.repeat(32)]],
    refuses: [['abc', 'source-image-sha256: "abc" is not a SHA-256 checksum; write 64 hexadecimal digits']],
  },
  from_scratch: {
    ...boolean('from-scratch'),
    accepts: [
      ['true', true],
      ['TRUE', true],
    ],
    beside: {
      'source-omi': '',
      'root-volume-size': '15',
      'root-device-name': 'xvdf',
      'pre-mount-commands': 'mkfs.ext4 {{.Device}}',
      'omi-block-device-mappings': '- {device_name: xvdf}',
    },
  },
  source_omi: {
    default: 'ami-12345678',
    accepts: asWritten('ami-0123abcd'),
    refuses: [['debian', 'source-omi: "debian" is not an OMI ID; write one such as ami-12345678']],
  },
  root_volume_size: {
    accepts: [
      ['1', 1],
      ['14901', 14_901],
    ],
    refuses: ['0', '14902', '10.5', '20GiB', '1e3', '-5', '0x10'].map((text) => [
      text,
      `root-volume-size: "${text}" is not a valid number of GiB; write digits only, 1 to 14901`,
    ]),
  },
  grow_root: {
    default: true,
    accepts: [['false', false]],
    refuses: [['no', 'grow-root: "no" is not a boolean; write true or false']],
  },
  root_volume_type: {
    accepts: asWritten('standard', 'gp2', 'io1'),
    refuses: [['GP2', 'root-volume-type: "GP2" is not valid; must be one of: standard, gp2, io1']],
  },
  root_volume_iops: {
    accepts: [['13000', 13_000]],
    refuses: [
      ['13001', 'root-volume-iops: "13001" is not a valid number of IOPS; write digits only, 1 to 13000'],
    ],
  },
  root_volume_tags: {
    default: {},
    accepts: [['Name=web', { Name: 'web' }]],
    refuses: [['[]', 'root-volume-tags: is not a map; write one key=value per line, YAML or JSON']],
  },
  device_path: {
    accepts: asWritten('/dev/sdb', '/dev/xvdz', '/dev/sdba', '/dev/xvdzz'),
    refuses: ['/dev/sda', '/dev/vdb', 'sdb', '/dev/sdb1', '/dev/sdbaa'].map((text) => [
      text,
      `device-path: "${text}" is not a valid device name for a volume; write /dev/sdX, /dev/sdXX, /dev/xvdX or /dev/xvdXX, where the first X is b to z`,
    ]),
  },
  nvme_device_path: {
    accepts: asWritten('/dev/nvme1n1', '/dev/disk/by-id/x'),
    refuses: ['nvme1n1', '/dev/../etc', '/dev/'].map((text) => [
      text,
      `nvme-device-path: "${text}" is not a device path of this VM; write a path below /dev`,
    ]),
  },
  mount_partition: {
    default: 'auto',
    accepts: [
      ['auto', 'auto'],
      ['0', 0],
      ['12', 12],
    ],
    refuses: ['-1', 'first', '1.0'].map((text) => [
      text,
      `mount-partition: "${text}" is not a partition number; write auto or a number (0 is the whole device)`,
    ]),
  },
  pre_mount_commands: commands('pre-mount-commands'),
  post_mount_commands: commands('post-mount-commands'),
  command_wrapper: {
    accepts: asWritten('{{.Command}}', 'sudo -n sh -c {{ .Command }}'),
    refuses: [
      [
        'sudo',
        'command-wrapper: "sudo" is not a valid command wrapper; write a command line that contains {{.Command}}',
      ],
    ],
  },
  mount_path: {
    default: '/mnt/build-omi/{{.BuildId}}/root',
    accepts: asWritten('/mnt/image', '/a..b/{{.Device}}', '{{.Device}}'),
    refuses: ['/', '//', 'mnt', '/mnt/../etc', '/mnt/..'].map((text) => [
      text,
      `mount-path: "${text}" is not a valid mount directory; write an absolute path without ".."`,
    ]),
  },
  mount_options: {
    default: [],
    accepts: [
      ['noatime\n\ncommit=60', ['noatime', 'commit=60']],
      ['[noatime, "commit=60"]', ['noatime', 'commit=60']],
      ['- noatime', ['noatime']],
      ['[]', []],
    ],
    refuses: [
      ['noatime,ro', 'mount-options, item 1: "noatime,ro" mounts the image read-only; remove ro'],
      ['[a, ""]', 'mount-options, item 2: "" is not a mount option; write one such as noatime'],
      ['[[a]]', 'mount-options, item 1: is a list, not text; write text'],
      ['[{a: b}]', 'mount-options, item 1: is a map, not text; write text'],
      [
        '[a',
        'mount-options: is not valid YAML at line 1, column 3 (Flow sequence must end with a ]); fix the syntax, or quote the text',
      ],
    ],
  },
  chroot_mounts: {
    default: [
      usual('proc', 'proc', '/proc'),
      usual('sysfs', 'sysfs', '/sys'),
      usual('bind', '/dev', '/dev'),
      usual('devpts', 'devpts', '/dev/pts'),
      usual('binfmt_misc', 'binfmt_misc', '/proc/sys/fs/binfmt_misc'),
    ],
    accepts: [
      ['[]', []],
      [
        '[["proc","proc","/proc"],["bind","/dev","/dev"]]',
        [asked('proc', 'proc', '/proc'), asked('bind', '/dev', '/dev')],
      ],
      ['- [tmpfs, none, /tmp]', [asked('tmpfs', 'none', '/tmp')]],
      ['tmpfs,none,/tmp', [asked('tmpfs', 'none', '/tmp')]],
      ['bind,/dev/,//dev/.', [asked('bind', '/dev', '/dev')]],
      ['bind,/proc/../dev/./,/dev', [asked('bind', '/dev', '/dev')]],
    ],
    refuses: [
      ['[[proc, /proc]]', 'chroot-mounts, item 1: is not a 3-tuple; write one such as [bind, /dev, /dev]'],
      ['[proc]', 'chroot-mounts, item 1: is not a 3-tuple; write one such as [bind, /dev, /dev]'],
      [
        '[[proc, proc, proc]]',
        'chroot-mounts, item 1, target: "proc" is not an absolute path without ".."; write one that begins with /',
      ],
      [
        '[[bind, /srv, //.]]',
        'chroot-mounts, item 1: "//." is the root of the chroot itself; write one such as [bind, /dev, /dev]',
      ],
      [
        '[[bind, dev, /dev]]',
        'chroot-mounts, item 1: "dev" is not an absolute path to bind; write one such as [bind, /dev, /dev]',
      ],
      [
        '[["", proc, /proc]]',
        'chroot-mounts, item 1, type: "" is not a name; write a value that is not empty',
      ],
    ],
  },
  copy_files: {
    accepts: [
      ['[]', []],
      ['/etc/hosts\n/etc/resolv.conf', ['/etc/hosts', '/etc/resolv.conf']],
    ],
    refuses: [
      [
        'etc/hosts',
        'copy-files, item 1: "etc/hosts" is not an absolute path without ".."; write one that begins with /',
      ],
      [
        '/etc/../root/key',
        'copy-files, item 1: "/etc/../root/key" is not an absolute path without ".."; write one that begins with /',
      ],
    ],
  },
  files: {
    default: [],
    accepts: [
      ['a:/b', [file('a', '/b')]],
      ['a/:/b/:0755:www-data', [file('a/', '/b/', '0755', 'www-data')]],
      ['a:/b::1000', [file('a', '/b', undefined, '1000')]],
      [
        '- a:/b:0644\n- {source: "c:d", destination: /e, mode: 0600, owner: git, group: adm}',
        [file('a', '/b', '0644'), file('c:d', '/e', '0600', 'git', 'adm')],
      ],
    ],
    refuses: [
      ['a', 'files, item 1, destination: is missing; write source:destination'],
      [':/b', 'files, item 1, source: is missing; write source:destination'],
      [
        'a:b',
        'files, item 1, destination: "b" is not an absolute path without ".."; write one that begins with /',
      ],
      ['a:/b:rw', 'files, item 1, mode: "rw" is not an octal mode; write three or four digits, such as 0644'],
      ['a:/b:0644:-x', 'files, item 1, owner: "-x" is not a user or group; write a name or numeric ID'],
      [
        'a:/b:0644:x:y',
        'files, item 1: "a:/b:0644:x:y" has more than four parts; write the map {source, destination, mode, owner, group}',
      ],
      [
        '- {source: a, dest: /b}',
        'files, item 1: has the unknown field dest; the fields are: source, destination, mode, owner, group',
      ],
      [
        '- {source: a, destinaton: /b}',
        'files, item 1: has the unknown field destinaton; did you mean destination?',
      ],
    ],
  },
  shell: {
    accepts: asWritten('bash -eo pipefail', 'sh -e {0}'),
    refuses: [['\0', `shell: ${zeroByte}`]],
  },
  provisioners: {
    accepts: [
      [
        '- run: echo a\n  name: first\n- {script: b.sh, env: {A: 0755}, timeout: 5m, shell: sh}\n- file: c:/d\n- file: {source: e, destination: /f}',
        [
          { kind: 'run', run: 'echo a', name: 'first', env: {}, ...once },
          { kind: 'script', script: 'b.sh', env: { A: '0755' }, timeout: 300_000, shell: 'sh', ...once },
          { kind: 'file', file: file('c', '/d'), env: {}, ...once },
          { kind: 'file', file: file('e', '/f'), env: {}, ...once },
        ],
      ],
      [
        '- {run: a, max_retries: 2, valid_exit_codes: [0, 3]}\n- file: {content: "a\\n", destination: /b, mode: 0600}',
        [
          { kind: 'run', run: 'a', env: {}, max_retries: 2, valid_exit_codes: [0, 3] },
          {
            kind: 'file',
            file: { content: 'a\n', destination: '/b', mode: '0600' },
            env: {},
            ...once,
          },
        ],
      ],
      ['[]', []],
    ],
    refuses: [
      [
        '- {run: a, script: b}',
        'provisioners, item 1: has more than one of run, script, file; write exactly one of them in each item',
      ],
      [
        '- {name: a}',
        'provisioners, item 1: has none of run, script, file; write exactly one of them in each item',
      ],
      [
        '- file: {content: a, source: b, destination: /c}',
        'provisioners, item 1, file: has both source and content; remove one of them',
      ],
      [
        '- file: {content: a, destination: /c/}',
        'provisioners, item 1, file: "/c/" has content for a directory; write the path of a file',
      ],
      [
        '- {file: "a:/b", valid_exit_codes: [3]}',
        'provisioners, item 1: has valid_exit_codes for a file; remove it: only scripts have exit codes',
      ],
      [
        '- {run: a, execute_command: b}',
        'provisioners, item 1: has the unknown field execute_command; the fields are: run, script, file, name, shell, env, timeout, max_retries, valid_exit_codes',
      ],
      ['- {runn: a}', 'provisioners, item 1: has the unknown field runn; did you mean run?'],
      [
        '- {run: a, timeout: 5}',
        'provisioners, item 1, timeout: "5" is not a duration; write one such as 90s, 15m or 1h30m, at most 500h',
      ],
    ],
  },
  lint: {
    default: 'warn',
    accepts: asWritten('warn', 'fail', 'off'),
    refuses: [['error', 'lint: "error" is not valid; must be one of: warn, fail, off']],
  },
  seal: {
    default: [],
    accepts: [
      ['true', [...sealActions]],
      ['FALSE', []],
      ['logs\nmachine-id', ['logs', 'machine-id']],
      ['[logs]', ['logs']],
    ],
    refuses: [['yes', `seal, item 1: "yes" is not valid; must be one of: ${sealActions.join(', ')}`]],
  },
  sbom: {
    default: false,
    accepts: [
      ['True', true],
      ['false', false],
      ['./true', './true'],
      ['out/image.cdx.json', 'out/image.cdx.json'],
    ],
    refuses: [],
  },
  lint_ignore: {
    default: [],
    accepts: [['machine-id\nfree-space', ['machine-id', 'free-space']]],
    refuses: [
      ['machineid', `lint-ignore, item 1: "machineid" is not valid; must be one of: ${lintRules.join(', ')}`],
    ],
  },
  boot_test: {
    default: [],
    accepts: [
      ['bios', ['bios']],
      ['bios\nuefi', ['bios', 'uefi']],
      ['[uefi]', ['uefi']],
    ],
    refuses: [['true', 'boot-test, item 1: "true" is not valid; must be one of: bios, uefi']],
  },
  boot_test_expect: {
    default: undefined,
    accepts: asWritten('^web ready$', String.raw`login:\s*$`),
    refuses: [
      ['(', String.raw`boot-test-expect: "(" is not a regular expression; write one such as login:\s*$`],
    ],
  },
  boot_test_timeout: { ...duration('boot-test-timeout'), default: 5 * 60_000 },
  cache: {
    default: undefined,
    accepts: [
      ['/var/cache/apt/archives/\n//root/./.cache', ['/var/cache/apt/archives', '/root/.cache']],
      ['[]', []],
    ],
    refuses: [
      ['cache', 'cache, item 1: "cache" is not an absolute path without ".."; write one that begins with /'],
      ['//', 'cache, item 1: "//" is the root of the image; write a directory in it'],
      ['/run/lock', 'cache, item 1: "/run/lock" is not on the disk of the image; remove it'],
      [
        '/root/../etc',
        'cache, item 1: "/root/../etc" is not an absolute path without ".."; write one that begins with /',
      ],
      [
        '[/root, /root/.cache]',
        'cache: /root/.cache is in another directory of the list, or in the list twice; remove it',
      ],
      [
        '[/root, /root/]',
        'cache: /root is in another directory of the list, or in the list twice; remove it',
      ],
    ],
  },
  cache_size: {
    default: 2 * 2 ** 30,
    beside: { cache: '/root/.cache' },
    accepts: [
      ['16MiB', 16 * 2 ** 20],
      ['1024GiB', 2 ** 40],
    ],
    refuses: [
      ...['2', '2GB', '1.5GiB', '15MiB', '1025GiB', ' 2GiB'].map(
        (text) =>
          [text, `cache-size: "${text}" is not a size; write one such as 2GiB, 16MiB to 1024GiB`] as const,
      ),
      ['2GiB', 'cache-size: is set without cache; set cache, or remove it'],
    ],
  },
  provision_timeout: duration('provision-timeout'),
  prevent_service_start: { ...boolean('prevent-service-start'), default: true },
  scripts: {
    default: [],
    accepts: [
      ['setup.sh\n  sub/other.sh ', ['setup.sh', '  sub/other.sh ']],
      ['["a.sh"]', ['a.sh']],
    ],
    refuses: [['[" "]', 'scripts, item 1: " " is not a path; write the path of a file']],
  },
  run: {
    accepts: asWritten('echo one\n\techo two  ', '- not a list', '[ -e /etc ]'),
    refuses: [['\0', `run: ${zeroByte}`]],
  },
  env: {
    default: {},
    accepts: [
      ['A=1\n\n B = x=y ', { A: '1', B: ' x=y ' }],
      [
        'A: 0755\nB: yes\nC: ~\nD: 2026-11-21\nE: 1.10\nF: 099720109477',
        {
          A: '0755',
          B: 'yes',
          C: '~',
          D: '2026-11-21',
          E: '1.10',
          F: '099720109477',
        },
      ],
      ['{"A": 1, "B": null, "C": true}', { A: '1', B: 'null', C: 'true' }],
      ['A: |\n  one\n  two', { A: 'one\ntwo\n' }],
      ['A: b=c', { A: 'b=c' }],
      ['{}', {}],
    ],
    refuses: [
      [
        '1A=b',
        'env, 1A: "1A" is not a valid variable name; write letters, digits and _, not beginning with a digit',
      ],
      ['A=1\nB', 'env: line 2 is not key=value; write one key=value per line, or YAML'],
      ['A=1\nA=2', 'env: has the key A twice; write each key once'],
      [
        'A: 1\nA: 2',
        'env: is not valid YAML at line 2, column 1 (Map keys must be unique); fix the syntax, or quote the text',
      ],
      ['A: [1]', 'env, A: is a list, not text; write text'],
      ['A: "\\0"', `env, A: ${zeroByte}`],
      ['[]', 'env: is not a map; write one key=value per line, YAML or JSON'],
      ['A', 'env: is not a map; write one key=value per line, YAML or JSON'],
      ['? [a]\n: b', 'env, a key: is a list, not text; write text'],
      [
        'A: *other',
        'env: has an alias that cannot be resolved (Unresolved alias (the anchor must be set before the alias): other); write the value instead of the alias',
      ],
    ],
  },
  omi_name: {
    default: 'an image',
    accepts: asWritten(
      'a-1',
      'Debian 12 (x86_64)/v1.0',
      'x'.repeat(128),
      '{{.SourceOMIName}}',
      'v{{timestamp}}',
    ),
    refuses: [
      ['ab', 'omi-name: "ab" is 2 characters long; write 3 to 128 letters, digits, spaces or _ ( ) / . -'],
      [
        'x'.repeat(129),
        `omi-name: "${'x'.repeat(57)}..." is 129 characters long; write 3 to 128 letters, digits, spaces or _ ( ) / . -`,
      ],
      ...['naïve', 'a:b', 'a\nb', 'a#{{timestamp}}'].map(
        (text) =>
          [
            text,
            `omi-name: ${JSON.stringify(text)} has characters that are not allowed in an OMI name; write 3 to 128 letters, digits, spaces or _ ( ) / . -`,
          ] as const,
      ),
    ],
  },
  omi_description: {
    accepts: asWritten('099720109477', '1.10', '00012', 'yes', '~', '2026-11-21', '0755', ' padded '),
    refuses: [['\0', `omi-description: ${zeroByte}`]],
  },
  tags: {
    default: {},
    accepts: [
      ['Name=web', { Name: 'web' }],
      ['team:owner=x: y', { 'team:owner': 'x: y' }],
      ['{Name: "{{.BuildId}}", empty: ""}', { Name: '{{.BuildId}}', empty: '' }],
      ['__proto__: x', Object.fromEntries([['__proto__', 'x']])],
    ],
    refuses: [
      ['{"": x}', 'tags, a key: "" is not a valid tag key; write 1 to 255 characters'],
      [
        `${'k'.repeat(256)}=x`,
        `tags, ${'k'.repeat(256)}: "${'k'.repeat(57)}..." is not a valid tag key; write 1 to 255 characters`,
      ],
      ['Name: {a: b}', 'tags, Name: is a map, not text; write text'],
    ],
  },
  snapshot_tags: {
    default: {},
    accepts: [['Name=web', { Name: 'web' }]],
    refuses: [['[]', 'snapshot-tags: is not a map; write one key=value per line, YAML or JSON']],
  },
  omi_account_ids: accounts('omi-account-ids'),
  snapshot_users: accounts('snapshot-users'),
  omi_groups: groupsRow('omi-groups'),
  snapshot_groups: groupsRow('snapshot-groups'),
  global_permission: boolean('global-permission'),
  omi_virtualization_type: {
    default: 'hvm',
    accepts: asWritten('hvm'),
    refuses: [
      [
        'paravirtual',
        'omi-virtualization-type: "paravirtual" is not supported; write hvm, the only virtualization type',
      ],
    ],
  },
  omi_boot_modes: {
    accepts: [['legacy\nuefi', ['legacy', 'uefi']]],
    refuses: [['bios', 'omi-boot-modes, item 1: "bios" is not valid; must be one of: legacy, uefi']],
  },
  omi_product_codes: {
    accepts: [['0001\n00012', ['0001', '00012']]],
    refuses: [['a b', 'omi-product-codes, item 1: "a b" is not a product code; write one such as 0001']],
  },
  tpm_mandatory: {
    accepts: [['True', true]],
    refuses: [['yes', 'tpm-mandatory: "yes" is not a boolean; write true or false']],
  },
  architecture: {
    accepts: asWritten('x86_64', 'i386'),
    refuses: [['arm64', 'architecture: "arm64" is not valid; must be one of: x86_64, i386']],
  },
  omi_block_device_mappings: {
    default: [],
    accepts: [
      [
        '[{"device_name": "xvdf", "volume_size": 15, "volume_type": "gp2", "delete_on_vm_deletion": true}]',
        [
          {
            device_name: 'xvdf',
            volume_size: 15,
            volume_type: 'gp2',
            delete_on_vm_deletion: true,
            no_device: false,
          },
        ],
      ],
      [
        '- {device_name: /dev/sdb, snapshot_id: snap-1, volume_type: io1, iops: 100, virtual_name: ephemeral0}\n- {device_name: /dev/sdc, no_device: true}',
        [
          {
            device_name: '/dev/sdb',
            snapshot_id: 'snap-1',
            volume_type: 'io1',
            iops: 100,
            virtual_name: 'ephemeral0',
            delete_on_vm_deletion: false,
            no_device: false,
          },
          { device_name: '/dev/sdc', no_device: true, delete_on_vm_deletion: false },
        ],
      ],
    ],
    refuses: [
      [
        '- {volume_size: 1}',
        'omi-block-device-mappings, item 1, device_name: is missing; write one such as /dev/sdb',
      ],
      [
        '- {device_name: disk1}',
        'omi-block-device-mappings, item 1, device_name: "disk1" is not a device name; write one such as /dev/sdb',
      ],
      [
        '- {device_name: sdb, volume_siz: 1}',
        'omi-block-device-mappings, item 1: has the unknown field volume_siz; did you mean volume_size?',
      ],
    ],
  },
  root_device_name: {
    accepts: asWritten('/dev/sda1', 'xvda', 'xvdf', '/dev/xvda'),
    refuses: [['root', 'root-device-name: "root" is not a device name; write one such as /dev/sdb']],
  },
  force_deregister: boolean('force-deregister'),
  force_delete_snapshot: boolean('force-delete-snapshot'),
  skip_create_omi: boolean('skip-create-omi'),
  keep_volume: {
    default: false,
    accepts: [
      ['true', true],
      ['False', false],
      ['only', 'only'],
    ],
    refuses: ['Only', 'yes'].map((text) => [
      text,
      `keep-volume: "${text}" is not valid; must be one of: true, false, only`,
    ]),
  },
  omi_regions: {
    default: [],
    beside: { 'export-bucket': 'images' },
    accepts: [
      ['us-east-2', [{ region: 'us-east-2' }]],
      ['[{region: us-west-1, name: there}]', [{ region: 'us-west-1', name: 'there' }]],
    ],
    refuses: [
      ['US', 'omi-regions, item 1, region: "US" is not a valid region; write one such as us-east-2'],
      ['[{name: there}]', 'omi-regions, item 1, region: is missing; write a region such as us-east-2'],
    ],
  },
  export_bucket: {
    default: undefined,
    accepts: asWritten('my-images'),
    refuses: [
      [
        'My_Images',
        'export-bucket: "My_Images" is not a bucket name; write 3 to 63 lower-case letters, digits, dots and hyphens',
      ],
    ],
  },
  keep_export: boolean('keep-export'),
  omi_regions_on_failure: {
    default: 'cleanup',
    accepts: asWritten('cleanup', 'keep'),
    refuses: [['stop', 'omi-regions-on-failure: "stop" is not valid; must be one of: cleanup, keep']],
  },
  export: {
    default: undefined,
    accepts: [
      ['bucket=my-images', { bucket: 'my-images', prefix: '', format: 'qcow2', manifest: false }],
      [
        '{bucket: my-images, prefix: web/, format: raw, manifest: true}',
        { bucket: 'my-images', prefix: 'web/', format: 'raw', manifest: true },
      ],
    ],
    refuses: [
      ['prefix=a', 'export, bucket: is missing; write a bucket of the region of this VM'],
      [
        'bucket=My_Images',
        'export, bucket: "My_Images" is not a bucket name; write 3 to 63 lower-case letters, digits, dots and hyphens',
      ],
      [
        'bucket=my-images\nprefix=/a',
        'export, prefix: "/a" is not a valid prefix of object keys; write at most 512 characters that do not begin with a slash',
      ],
      ['bucket=my-images\nformat=vmdk', 'export, format: "vmdk" is not valid; must be one of: qcow2, raw'],
    ],
  },
  reuse: {
    default: 'never',
    accepts: asWritten('never', 'unchanged'),
    refuses: [['always', 'reuse: "always" is not valid; must be one of: never, unchanged']],
  },
  reuse_max_age: {
    beside: { reuse: 'unchanged' },
    accepts: [
      ['12h', 43_200_000],
      ['30d', 2_592_000_000],
    ],
    refuses: [
      ['30', 'reuse-max-age: "30" is not an age; write one such as 24h or 30d'],
      ['1h', 'reuse-max-age: is set without reuse: unchanged; set reuse to unchanged, or remove it'],
    ],
  },
  family: {
    accepts: asWritten('web', 'Web server (2)/x_y.z:a@b+c-d', '1.10', 'a'.repeat(255)),
    refuses: [' web', 'web  server', 'web*', 'web?', 'wéb'].map((text) => [
      text,
      `family: "${text}" is not a family; write letters, digits, single spaces or _ ( ) / . : @ + -, such as web-server`,
    ]),
  },
  retain_last: {
    beside: { family: 'web' },
    accepts: [
      ['1', 1],
      ['1000', 1000],
    ],
    refuses: [
      ['0', 'retain-last: "0" is not a valid number of OMIs; write digits only, 1 to 1000'],
      ['3', 'retain-last: is set without family; set family, or remove it'],
    ],
  },
  retain_for: {
    beside: { family: 'web' },
    accepts: [['30d', 2_592_000_000]],
    refuses: [
      ['30', 'retain-for: "30" is not an age; write one such as 24h or 30d'],
      ['30d', 'retain-for: is set without family; set family, or remove it'],
    ],
  },
  validate: boolean('validate'),
  dry_run: boolean('dry-run'),
  on_failure: {
    default: 'cleanup',
    accepts: asWritten('cleanup', 'keep'),
    refuses: [['abort', 'on-failure: "abort" is not valid; must be one of: cleanup, keep']],
  },
  keep_for: duration('keep-for', 14_400_000),
  volume_timeout: duration('volume-timeout', 900_000),
  snapshot_timeout: duration('snapshot-timeout', 3_600_000),
  queue_timeout: duration('queue-timeout', 21_600_000),
  image_timeout: duration('image-timeout', 1_800_000),
  transfer_timeout: duration('transfer-timeout', 14_400_000),
  stall_timeout: duration('stall-timeout', 900_000),
  hold: duration('hold', undefined),
  build_id: {
    accepts: asWritten('0123456789ab'),
    refuses: [['01234', 'build-id: "01234" is not a build ID; write the build-id output of mount']],
  },
  api_rate: {
    accepts: [
      ['1', 1],
      ['100', 100],
    ],
    refuses: ['0', '101', '2.5', '5/s'].map((text) => [
      text,
      `api-rate: "${text}" is not a valid number of calls a second; write digits only, 1 to 100`,
    ]),
  },
  log_level: {
    default: 'info',
    accepts: asWritten('info', 'debug'),
    refuses: [['trace', 'log-level: "trace" is not valid; must be one of: info, debug']],
  },
  config: {
    accepts: [['{}', '{}']],
    refuses: [
      ['gone.yml', 'config: "gone.yml" is not a readable file; write the path of a YAML or JSON file'],
      ['a\nb', 'config: is not a map of options; write options such as omi_name: my image'],
      ['[a', 'config: "[a" is not a readable file; write the path of a YAML or JSON file'],
      ['{[a]: b}', 'config: has a key that is not text; write option names as keys'],
    ],
  },
  variables: {
    default: {},
    beside: { config: template },
    accepts: [
      ['{"a": 1.10}', { a: '1.10' }],
      ['a-b=c=d', { 'a-b': 'c=d' }],
    ],
    refuses: [
      ['a=b', 'variables: requires a Packer template; set config to a Packer template, or remove it'],
    ],
  },
  variable_files: {
    default: [],
    beside: { config: template },
    accepts: [['[]', []]],
    refuses: [
      ['v.json', 'variable-files: requires a Packer template; set config to a Packer template, or remove it'],
    ],
  },
  builder: {
    beside: { config: template },
    accepts: asWritten('web', 'osc-chroot.web', 'build.osc-chroot.web'),
    refuses: [['web', 'builder: requires a Packer template; set config to a Packer template, or remove it']],
  },
  state_dir: {
    default: '/var/lib/build-omi',
    accepts: asWritten('/tmp/state'),
    refuses: [
      ['state', 'state-dir: "state" is not an absolute path without ".."; write one that begins with /'],
    ],
  },
};

const groups: readonly (readonly [string, Group])[] = Object.entries(table);
const options = groups.flatMap(([group, its]) =>
  Object.entries(its).map(([name, one]) => [group, name, one] as const),
);

test('every option has a row', () => {
  expect(Object.keys(rows).sort()).toEqual(options.map(([, name]) => name).sort());
});

/** The value of an option in the configuration that these inputs make. */
const valueIn = async (group: string, name: string, inputs: Record<string, string>): Promise<unknown> => {
  const values = Object.entries(await configOf(inputs)).find(([one]) => one === group)?.[1];
  return new Map<string, unknown>(Object.entries(values ?? {})).get(name);
};

/** The error lines of an option that build does not have, read by its type alone. */
async function linesAbout(name: string, one: Option<unknown>, text: string): Promise<string[]> {
  const error: unknown = await Promise.resolve(text)
    .then((given) => one.type.read(given))
    .catch((refused: unknown) => refused);
  const invalid =
    error instanceof InvalidValueError ? error.invalid.map((entry) => issueOf(name, entry)) : [];
  return invalid.map(({ option, problem, fix }) => `${option}: ${problem}; ${fix}`);
}

for (const [group, name, one] of options) {
  const { default: value, beside, accepts, refuses } = rows[name] ?? { accepts: [], refuses: [] };
  const input = name.replaceAll('_', '-');
  const elsewhere = one.commands?.includes('build') === false;
  test(`${input}: default`, async () => {
    expect(await valueIn(group, name, {})).toEqual(value);
  });
  for (const [text, meaning] of accepts)
    test(`${input}: ${JSON.stringify(text).slice(0, 60)} is accepted`, async () => {
      expect(
        elsewhere ? await one.type.read(text) : await valueIn(group, name, { ...beside, [input]: text }),
      ).toEqual(meaning);
    });
  for (const [text, line] of refuses)
    test(`${input}: ${JSON.stringify(text).slice(0, 60)} is refused`, async () => {
      const lines = elsewhere ? await linesAbout(input, one, text) : await issuesOf({ [input]: text });
      expect(lines).toContain(line);
    });
  if (elsewhere)
    test(`${input} is not offered to a whole build`, async () => {
      expect(await valueIn(group, name, { [input]: accepts[0]?.[0] ?? '' })).toEqual(value);
      expect(checkName(input, asInput)).toMatchObject({
        problem: 'is not an option of build',
      });
    });
}
