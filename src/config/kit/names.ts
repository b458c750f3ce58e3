/** The name of an option as an action input and as a flag spell it: `omi_name` is `omi-name` there. */
export const kebab = (name: string): string => name.replaceAll('_', '-');
