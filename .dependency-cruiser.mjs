/**
 * Import rules of src/, checked by `npm run lint`. The tables in docs/contributing/architecture.md are generated from
 * `layers`, `inner` and `packages`.
 */

/** Units of src/ from the entries down to the foundations: a unit imports from itself and from the rows after its own. */
export const layers = [
  ['build-omi', 'main', 'mount', 'commit', 'find', 'post', 'cli'],
  ['commands', 'demo'],
  ['pipeline', 'cleanup'],
  ['steps'],
  ['runtime'],
  ['fleet'],
  ['ledger', 'report', 'emulator'],
  ['quality', 'object-store'],
  ['config', 'outscale', 'host'],
  ['packer'],
  ['template'],
  ['common'],
];

/** Imports between two units of one row that are allowed. */
export const beside = {
  'build-omi': ['main', 'mount', 'commit', 'find', 'post', 'cli'],
  demo: ['commands'],
};

/** The rows inside three large units, in the same order. What a unit has at its top level and not here is below all rows. */
export const inner = {
  host: [
    ['source-image'],
    ['chroot', 'script', 'qemu'],
    ['image'],
    ['mount', 'sandbox'],
    ['disk'],
    ['exec'],
    ['proc'],
  ],
  config: [
    ['convert'],
    ['read'],
    ['read-table', 'sweep'],
    ['rules', 'credentials'],
    ['input', 'docs'],
    ['options'],
    ['types'],
    ['kit'],
  ],
  emulator: [['serve'], ['emulator'], ['remove', 'server'], ['resources'], ['storage'], ['model']],
};

/** The one place below src/ that imports a package. */
export const packages = {
  '@actions/core': 'report/',
  '@cyclonedx/cyclonedx-library': 'quality/sbom/',
  aws4: '(outscale/client|object-store)/',
  commander: 'cli',
  handlebars: 'template/',
  'log-update': 'report/live-line',
  picocolors: 'report/colours',
  'packageurl-js': 'quality/sbom/',
  'spdx-expression-parse': 'quality/sbom/',
  undici: '(common/http-dispatcher|outscale/client/transport)\\.ts',
  'web-tree-sitter': 'packer/hcl/parser/',
  yaml: '(config|packer/hcl/functions)/',
  zod: 'outscale/(schema/|api)',
};

const pathOf = (prefix, units) => `^src/${prefix}(${units.join('|')})(/|[.]ts$)`;

/** One rule for each unit: it imports nothing of the rows above, and of its own row only what `allowed` names. */
const rulesFor = (rows, prefix = '', allowed = {}) =>
  rows.flatMap((row, level) =>
    row.flatMap((unit) => {
      const above = rows.slice(0, level).flat();
      const neighbours = row.filter((other) => other !== unit && !(allowed[unit] ?? []).includes(other));
      const closed = [...above, ...neighbours];
      return closed.length === 0
        ? []
        : [
            {
              name: `layers: ${prefix}${unit}`,
              severity: 'error',
              from: { path: pathOf(prefix, [unit]) },
              to: { path: pathOf(prefix, closed) },
            },
          ];
    }),
  );

/** A package is imported in one place, and node:child_process only by the file that starts processes. */
const packageRules = [...Object.entries(packages), ['child_process', 'host/exec/exec']].map(
  ([name, place]) => ({
    name: `package: ${name}`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${place}` },
    to: { path: `(^|node_modules/)${name}(/|$)` },
  }),
);

export default {
  forbidden: [
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no undeclared packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'steps do not call each other',
      comment: 'A step may use the types of another one.',
      severity: 'error',
      from: { path: '^src/steps/' },
      to: { path: '^src/steps/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'foundations import types only',
      comment: 'The outside world reaches them as arguments.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/(outscale|host)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'quality is loaded late',
      comment: 'Once an image is mounted, so that the start of a build stays quick.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(steps/)?quality/' },
      to: {
        path: '^src/(steps/)?quality/',
        pathNot: '^src/quality/inventory/text',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    ...rulesFor(layers, '', beside),
    ...Object.entries(inner).flatMap(([unit, rows]) => rulesFor(rows, `${unit}/`)),
    ...packageRules,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // web-tree-sitter has no main file, only exports.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
