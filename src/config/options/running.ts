import { group, option } from '../kit/option.js';
import { list, values } from '../types/collections.js';
import { duration } from '../types/duration.js';
import { absolutePath, path } from '../types/path.js';
import { boolean, wholeNumber } from '../types/scalars.js';
import { matching, oneOf, text } from '../types/text.js';

const minute = 60_000;
const everyCommand = ['build', 'mount', 'commit', 'abort', 'shell', 'find', 'prune'] as const;

/** Configuration file, failure handling, time limits and logging. */
export const running = group({
  config: option(text, {
    literal: true,
    text: 'Path of a YAML or JSON file of options in snake_case (`omi_name`), or its content; or a whole Packer template: a file, or a folder of `*.pkr.hcl`. Inputs and flags override it.',
    otherwise: 'none',
    commands: everyCommand,
  }),
  variables: option(values, {
    // Their expressions are those of the template.
    literal: true,
    text: 'Values of the variables of the Packer template in `config`. They override `variable-files`.',
    default: {},
    otherwise: 'none',
  }),
  variable_files: option(list(path, 'paths'), {
    text: 'Files with values of the variables of the Packer template in `config`, in JSON, or in HCL2 for a template in HCL2. Later files override earlier ones.',
    default: [],
    otherwise: 'none',
  }),
  builder: option(text, {
    text: 'Builder of the Packer template in `config` to run: `NAME`, `TYPE.NAME` or `BUILD.TYPE.NAME`.',
    otherwise: 'the only chroot builder of the template',
  }),
  on_failure: option(oneOf('cleanup', 'keep'), {
    text: 'What to do when a build fails: `cleanup` deletes all its resources; `keep` leaves the volume attached and unmounted, and logs the commands to inspect it. A cancelled build always cleans up.',
    default: 'cleanup',
    commands: ['build', 'mount'],
  }),
  keep_for: option(duration, {
    text: 'How long `on-failure: keep` retains the volume. After that, the next build on this VM or `sweep` deletes it.',
    default: 240 * minute,
    otherwise: '`4h`',
    commands: ['build', 'mount'],
  }),
  volume_timeout: option(duration, {
    text: 'Time limit for the volume to become available.',
    default: 15 * minute,
    otherwise: '`15m`',
  }),
  snapshot_timeout: option(duration, {
    text: 'Time limit for the snapshot to complete, without its time in the queue.',
    default: 60 * minute,
    otherwise: '`60m`',
    commands: ['build', 'mount', 'commit'],
  }),
  queue_timeout: option(duration, {
    text: 'Time limit for the snapshot while the API has it in its queue. This time does not count for `snapshot-timeout`.',
    default: 360 * minute,
    otherwise: '`6h`',
    commands: ['build', 'mount', 'commit'],
  }),
  transfer_timeout: option(duration, {
    text: 'Time limit for an export to a bucket, and for an import in another region, each without its time in the queue.',
    default: 240 * minute,
    otherwise: '`4h`',
    commands: ['build', 'commit'],
  }),
  image_timeout: option(duration, {
    text: 'Time limit for the OMI to become available.',
    default: 30 * minute,
    otherwise: '`30m`',
    commands: ['build', 'mount', 'commit'],
  }),
  stall_timeout: option(duration, {
    text: 'Time limit without progress for the volume, the snapshot, exports and imports (their time in the queue excepted) and the OMI.',
    default: 15 * minute,
    otherwise: '`15m`',
  }),
  api_rate: option(wholeNumber({ min: 1, max: 100, unit: 'calls a second' }), {
    text: 'Calls to the API within any second, for all builds of a user on this VM.',
    otherwise: 'adaptive: 20 at first, less after a throttled call, one more after 5 s without',
    commands: ['build', 'mount', 'commit', 'abort', 'shell', 'prune'],
  }),
  log_level: option(oneOf('info', 'debug'), {
    text: 'Log level. `debug` is also enabled by the step debug logging of the runner.',
    default: 'info',
    commands: everyCommand,
  }),
  state_dir: option(absolutePath, {
    text: 'Directory of the ledgers, which record the resources of each build so that an interrupted build can be cleaned up.',
    default: '/var/lib/build-omi',
    otherwise: '`BUILD_OMI_STATE_DIR` or `/var/lib/build-omi`',
    variables: ['BUILD_OMI_STATE_DIR'],
    commands: everyCommand,
  }),
  validate: option(boolean, {
    text: 'Only check options, templates, scripts and files. Needs no keys, no Outscale VM and no root.',
    default: false,
    commands: ['build'],
  }),
  dry_run: option(boolean, {
    text: 'Resolve and check everything, show what the build would do, and change nothing.',
    default: false,
    commands: ['build'],
  }),
  hold: option(duration, {
    text: 'How long the mounted build is protected from cleanup.',
    otherwise:
      'as long as the process that started `mount` is running: the job worker of the runner, or the shell',
    commands: ['mount'],
  }),
  build_id: option(
    matching(/^[0-9a-f]{12}$/, { kind: 'a build ID', example: 'the build-id output of mount' }),
    {
      text: 'ID of the build: the output `build-id` of `mount`, or of the failed build that `shell` opens. `abort` and `shell` require it.',
      otherwise: 'for `commit`, the build that `mount` started from the same job or shell',
      commands: ['commit', 'abort', 'shell'],
    },
  ),
});
