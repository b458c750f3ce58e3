/** The name of an option as an action input and as a flag spell it: `omi_name` is `omi-name` there. */
export const kebab = (name: string): string => name.replaceAll('_', '-');

/** The name of an option as the tables and a config file spell it. */
export const snake = (name: string): string => name.replaceAll('-', '_');
