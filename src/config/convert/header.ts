import { expression, type Secrets } from './secrets.js';

/** The environment variables of the access keys. */
const keys = ['OSC_ACCESS_KEY', 'OSC_SECRET_KEY'];

/** What the header of converted options says. */
interface Facts {
  /** The path of the template. */
  readonly file: string;
  /** The name and type of its builder. */
  readonly name: string;
  readonly type: string;
  readonly options: ReadonlyMap<string, unknown>;
  readonly secrets: Secrets;
}

/** A header of converted options: what they come from, and the step of the workflow that uses them. */
export function header({ file, name, type, options, secrets }: Facts): string[] {
  const from = `Options of build-omi, converted from the builder ${name} (${type}) of ${file}.`;
  const hasKeys = secrets.inputs.has('access-key') || options.has('profile');
  const config = secrets.found
    ? ['    config: |', '      # The options below: the secrets in them are expressions of the workflow.']
    : [
        `    config: ${file.replace(/\/$/, '').replace(/(\.pkr)?\.(json|hcl)$|^\.$/, (end) => (end === '.' ? 'build' : ''))}.yml`,
      ];
  return [
    from,
    'Variables and the environment have the values of the conversion.',
    'The step of the workflow:',
    '',
    '- uses: OWNER/build-omi@v1',
    '  with:',
    ...config,
    ...[...secrets.inputs].map(([input, value]) => `    ${input}: ${value}`),
    ...(hasKeys ? [] : ['  env:', ...keys.map((key) => `    ${key}: ${expression(key)}`)]),
  ];
}
