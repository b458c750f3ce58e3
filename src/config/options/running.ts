import { group, option } from '../kit/option.js';
import { duration } from '../types/duration.js';
import { absolutePath } from '../types/path.js';
import { matching, oneOf, text } from '../types/text.js';

const minute = 60_000;

/** How a build goes about its work. */
export const running = group({
  config: option(text, {
    text: 'Path of a YAML or JSON file with options in snake_case (`omi_name`), or its content. An input that is given wins over it.',
    otherwise: 'none',
  }),
  on_failure: option(oneOf('cleanup', 'keep'), {
    text: 'What a build that failed leaves: nothing, or (`keep`) its volume, unmounted and attached, with the commands to get back in. A cancelled build leaves nothing.',
    default: 'cleanup',
    commands: ['build', 'mount'],
  }),
  keep_for: option(duration, {
    text: 'How long `keep` keeps it; then the next build on this VM, or `sweep`, takes it away.',
    default: 240 * minute,
    otherwise: '`4h`',
    commands: ['build', 'mount'],
  }),
  volume_timeout: option(duration, {
    text: 'How long the volume may take to be there.',
    default: 15 * minute,
    otherwise: '`15m`',
  }),
  snapshot_timeout: option(duration, {
    text: 'How long the snapshot may take.',
    default: 60 * minute,
    otherwise: '`60m`',
    commands: ['build', 'mount', 'commit'],
  }),
  image_timeout: option(duration, {
    text: 'How long the OMI may take to be available.',
    default: 30 * minute,
    otherwise: '`30m`',
    commands: ['build', 'mount', 'commit'],
  }),
  stall_timeout: option(duration, {
    text: 'How long any of them may go without progress.',
    default: 15 * minute,
    otherwise: '`15m`',
  }),
  log_level: option(oneOf('info', 'debug'), {
    text: "How much is told; `debug` also when the runner's step debug is on.",
    default: 'info',
  }),
  state_dir: option(absolutePath, {
    text: 'Where builds write down what they made, so that nothing is left behind when one dies.',
    default: '/var/lib/build-omi',
    otherwise: '`BUILD_OMI_STATE_DIR` or `/var/lib/build-omi`',
    variables: ['BUILD_OMI_STATE_DIR'],
  }),
  hold: option(duration, {
    text: 'How long the mounted build is left alone. Without it, as long as the process that started `mount` lives: the worker of the job, or the shell.',
    otherwise: 'none',
    commands: ['mount'],
  }),
  build_id: option(
    matching(/^[0-9a-f]{12}$/, { kind: 'the ID of a build', example: 'the build-id that mount gave' }),
    {
      text: 'The build that `mount` began: its output `build-id`. Required.',
      commands: ['commit', 'abort'],
    },
  ),
});
