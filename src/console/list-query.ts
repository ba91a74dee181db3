import Type from 'typebox';

/** The rows of a page of a list. */
export const rowsOfPage = 50;

/** The query of a list: its filters as texts, and the cursor of the page before. */
export function listQuery<const Name extends string>(...names: readonly Name[]) {
  const text = Type.Optional(Type.String({ maxLength: 400 }));
  return Type.Object(Object.fromEntries(['after', ...names].map((name) => [name, text])));
}

/** The value of a filter; undefined if it is empty. */
export function filterOf(query: unknown, name: string): string | undefined {
  const value =
    query !== null && typeof query === 'object' ? Object.entries(query).find(([key]) => key === name) : undefined;
  return typeof value?.[1] === 'string' && value[1].trim() !== '' ? value[1].trim() : undefined;
}

/** The path of the next page with the same filters. */
export function nextPath(path: string, filters: Readonly<Record<string, string | undefined>>, after: string): string {
  const given = Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return `${path}?${new URLSearchParams([...given, ['after', after]])}`;
}
