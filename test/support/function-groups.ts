import { type Group, groupOf, type SqlFunction } from './function-rules.ts';

/** What a function needs from a database. */
export interface PlacedFunction {
  readonly name: string;
  /** The group of its own tables; undefined if it has none. */
  readonly group: Group | undefined;
  /** The groups of its own tables and of those of all functions that it calls, directly or not. */
  readonly groups: ReadonlySet<Group>;
  /** The functions that it calls itself. */
  readonly calls: readonly string[];
}

/** Reads where functions can run: by their tables, those of which they read the catalogue, and the functions they call. */
export function placeFunctions(functions: readonly SqlFunction[]): ReadonlyMap<string, PlacedFunction> {
  const read = new Map(functions.map((one) => [one.name, { group: groupOf(one), calls: callsOf(one) }]));
  const groupsFrom = (name: string, seen: Set<string>): Group[] => {
    const one = read.get(name);
    if (seen.has(name) || !one) return [];
    seen.add(name);
    return [...(one.group ? [one.group] : []), ...one.calls.flatMap((called) => groupsFrom(called, seen))];
  };
  return new Map(
    [...read].map(([name, one]) => [name, { name, ...one, groups: new Set(groupsFrom(name, new Set())) }]),
  );
}

/** The functions with tables that call functions of another group: in the database of their group those do not exist. */
export function crossGroupCalls(placed: ReadonlyMap<string, PlacedFunction>): string[] {
  return [...placed.values()]
    .filter(({ group }) => group !== undefined)
    .flatMap(({ name, group, calls }) =>
      calls
        .filter((called) => [...(placed.get(called)?.groups ?? [])].some((other) => other !== group))
        .map((called) => `${name} of ${group} calls ${called}`),
    );
}

function callsOf(one: SqlFunction): string[] {
  const body = one.text.slice(one.text.indexOf('(') + 1);
  return [...new Set([...body.matchAll(/\bvouch\.(\w+)\(/g)].map((match) => match[1] ?? ''))];
}
