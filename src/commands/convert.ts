import { convertTemplate } from '../config/convert/convert.js';
import { secretTexts } from '../config/input/secrets-and-names.js';
import type { Read } from '../config/read.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { createReport } from '../report/create-report.js';
import { exitCodeOf } from './exit-code.js';
import { earlyContext } from './invocation.js';

/**
 * Writes the options that a Packer template is converted to, to stdout. Everything else goes to stderr. Needs
 * no keys, VM, network or root.
 * @param read returns the inputs that concern a template
 * @returns the exit code: 1 if options cannot say something of the template
 */
export async function runConvert(file: string, read: Read, environment: NodeJS.ProcessEnv): Promise<number> {
  const report = await createReport({
    environment,
    write: (text) => void process.stderr.write(text),
    clock: () => performance.now(),
    secrets: secretTexts(read, environment),
  });
  try {
    const { text, remarks } = await convertTemplate(file, read, {
      ...earlyContext(environment),
      workspace: workingDirectory(environment),
      mask: (secret) => report.mask(secret),
      notice: (line) => report.notice(line),
    });
    process.stdout.write(text);
    for (const remark of remarks) report.warn(`not converted: ${remark}`);
    return remarks.length === 0 ? 0 : 1;
  } catch (error) {
    report.failed(error);
    return exitCodeOf(error);
  }
}
