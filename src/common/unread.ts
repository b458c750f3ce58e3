/**
 * What stands for a text that only the cloud knows, until the data sources of a template are read. It is
 * valid as a name, a path and a word.
 */
export const unreadText = 'known-when-data-sources-are-read';
