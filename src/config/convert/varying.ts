import { interpolate } from '../../packer/interpolate.js';
import type { CallRecorder } from '../../packer/recorder.js';
import { functionsFor } from '../../template/functions.js';
import { TemplateError } from '../../template/parse.js';
import { textsIn } from '../input/refuse-templates.js';
import type { Remark } from './remark.js';

/** The same template, read at two times. */
export interface Readings {
  /** Of a time whose texts do not occur by chance. */
  readonly recorded: ReadonlyMap<string, unknown>;
  readonly recorder: CallRecorder;
  /** Of the present. */
  readonly present: ReadonlyMap<string, unknown>;
  readonly presentTime: Date;
}

const uuids = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const withoutUuids = (text: string): string => text.replaceAll(uuids, '<uuid>');

/**
 * The values of a template, with expressions in place of what is different in each build: times and UUIDs. A
 * text that cannot have expressions keeps its present value, with a remark.
 * @param isRendered whether the build renders the value of an option
 */
export function withExpressions(
  { recorded, recorder, present, presentTime }: Readings,
  isRendered: (option: string) => boolean,
  remarks: Remark[],
): ReadonlyMap<string, unknown> {
  const all = textsIn(recorded).map(({ text }) => text);
  const functions = functionsFor({ startedAt: presentTime });

  /** Whether a text with expressions has the present value. */
  const isSame = (text: string, value: string): boolean => {
    try {
      return withoutUuids(interpolate(text, { functions, refused: {} }, true)) === withoutUuids(value);
    } catch (error) {
      if (error instanceof TemplateError) return false;
      throw error;
    }
  };

  const merge = (now: unknown, then: unknown, at: Remark['at']): unknown => {
    if (Array.isArray(now))
      return now.map((one: unknown, index) =>
        merge(one, Array.isArray(then) ? then[index] : undefined, [...at, index]),
      );
    if (now instanceof Map) {
      for (const [key, one] of now)
        now.set(key, merge(one, then instanceof Map ? then.get(key) : undefined, [...at, String(key)]));
      return now;
    }
    if (typeof now !== 'string' || now === then) return now;
    const [option = ''] = at;
    const restored =
      typeof then === 'string' && isRendered(String(option)) ? recorder.restore(then, all) : undefined;
    if (restored !== undefined && isSame(restored, now)) return restored;
    remarks.push({
      at,
      text: `${at.slice(-1)[0]} has a value that differs in each build; the value here is that of the conversion`,
    });
    return now;
  };
  return new Map([...present].map(([name, value]) => [name, merge(value, recorded.get(name), [name])]));
}
