import { toText } from '../values/convert.js';
import { argument, type Functions, fixed } from './define.js';

/** The function of the defaults of variables. */
export const environment: Functions = {
  env: fixed(1, (args, { environment: values, notice }) => {
    const name = toText(argument(args, 0));
    const value = values[name];
    if (value === undefined) notice(`the environment variable ${name} is not set: its value is empty`);
    return value ?? '';
  }),
};
