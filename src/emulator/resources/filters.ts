/** The filters of a request, each with the function that tests whether an item matches the wanted value. */
export type Filters<Wanted, Item> = {
  readonly [Name in keyof Wanted]-?: (item: Item, wanted: NonNullable<Wanted[Name]>) => boolean;
};

/** Whether an item matches every filter of the request: "different filters of one request are ANDed". */
export function fits<Wanted extends object, Item>(
  filters: Filters<Wanted, Item>,
  wanted: Wanted | undefined,
  item: Item,
): boolean {
  for (const name in filters) {
    const value = wanted?.[name];
    if (value !== undefined && value !== null && !filters[name](item, value)) return false;
  }
  return true;
}

type Value = string | number | boolean | undefined;

/** A filter with several values matches if the item has at least one of them. */
export const oneOf =
  <Item>(get: (item: Item) => Value | readonly Value[]) =>
  (item: Item, wanted: readonly Value[]): boolean => {
    const values = [get(item)].flat();
    return wanted.some((value) => values.includes(value));
  };

/** Like `oneOf`, with the wildcard `*`. */
export const named =
  <Item>(get: (item: Item) => string) =>
  (item: Item, wanted: readonly string[]): boolean =>
    wanted.some((pattern) => wildcard(pattern).test(get(item)));

/** A boolean filter; it matches a list if one entry has the value. */
export const flag =
  <Item>(get: (item: Item) => boolean | readonly boolean[]) =>
  (item: Item, wanted: boolean): boolean =>
    [get(item)].flat().includes(wanted);

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

/** `TagKeys`, `TagValues` and `Tags` (`KEY=VALUE`), which every resource has. */
export const tagFilters = {
  TagKeys: oneOf(({ tags }: Tagged) => Object.keys(tags)),
  TagValues: oneOf(({ tags }: Tagged) => Object.values(tags)),
  Tags: oneOf(({ tags }: Tagged) => Object.entries(tags).map(([key, value]) => `${key}=${value}`)),
};

const wildcard = (pattern: string): RegExp =>
  new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`, 's');
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
