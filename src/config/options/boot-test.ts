import { group, option } from '../kit/option.js';
import { list } from '../types/collections.js';
import { duration } from '../types/duration.js';
import { regularExpression } from '../types/regular-expression.js';
import { oneOf } from '../types/text.js';

/** The boot of the image before its snapshot. */
export const bootTest = group({
  boot_test: option(list(oneOf('bios', 'uefi'), 'firmware'), {
    text: 'Boot the disk in QEMU before the snapshot, with each of these kinds of firmware: `bios`, `uefi`. The build fails if the image does not boot. The test writes nothing to the volume, and its guest has no network.',
    default: [],
    otherwise: 'off',
  }),
  boot_test_expect: option(regularExpression, {
    literal: true,
    text: 'Regular expression (JavaScript) for the line of the serial console that shows that the image has booted. It is tested with each line.',
    otherwise: "a login prompt, or cloud-init's final message",
  }),
  boot_test_timeout: option(duration, {
    text: 'Time limit of one boot.',
    default: 5 * 60_000,
    otherwise: '`5m`',
  }),
});
