import { group, option } from '../kit/option.js';
import { list } from '../types/collections.js';
import { lintRules } from '../types/lint-rules.js';
import { pathOrBoolean } from '../types/sbom.js';
import { seal } from '../types/seal.js';
import { oneOf } from '../types/text.js';

const rule = oneOf(...lintRules);

/** Checks of the content of the image. */
export const quality = group({
  lint: option(oneOf('warn', 'fail', 'off'), {
    text: "Check the image against Outscale's guidelines for images, and for what prevents it from booting. `warn` logs the findings; `fail` also fails the build, before the snapshot.",
    default: 'warn',
  }),
  seal: option(seal, {
    text: 'Remove what VMs of the OMI must not share, after the last script. `true`, or a list of: `host-keys`, `machine-id`, `cloud-init`, `histories`, `logs`, `package-caches`, `random-seed`.',
    default: [],
    otherwise: '`false`',
  }),
  lint_ignore: option(list({ ...rule, name: 'rule' }, 'rules'), {
    text: 'Rules that `lint` does not check.',
    default: [],
    otherwise: 'none',
  }),
  sbom: option(pathOrBoolean, {
    text: 'Write a software bill of materials (SBOM) of the image, in CycloneDX 1.6 (JSON): the path of the file, or `true` for `build-omi-BUILD_ID.cdx.json` in `RUNNER_TEMP`, or else in the working directory.',
    default: false,
  }),
});
