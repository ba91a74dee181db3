import { placeFunctions } from './function-groups.ts';
import type { Route } from './function-proxies.ts';
import { type Group, isJob, type SqlFunction, tables, tablesOf } from './function-rules.ts';

/** The first parameter of the functions of a group, by which its databases are chosen. */
const keyParameters = {
  number: /^p_phone_numbers?$/,
  account: /^p_account_ids?$/,
  key: /^p_(?:keys?|code|references?|pair_hash(?:es)?|day|ending|provider|server|id|month)$/,
};

/** The column by which a table is distributed: the first of its primary key. */
export function distributionOf(table: string): string {
  return tables[table]?.key[0] ?? '';
}

/** Where the proxy of a function with tables calls it, unless `several` has it. */
export function routeOf(one: SqlFunction, group: Group, several: ReadonlyMap<string, string>): Route {
  if (isJob(one)) return 'job';
  return keyParameters[group].test(one.parameters[0] ?? '') && !several.has(one.name) ? 'key' : 'all';
}

/**
 * The functions with tables that a composite or a statement of TypeScript calls and that need rows of other keys than their
 * first argument, each with a reason. Jobs read batches of all databases, and statements on the catalogue run in all.
 */
export function severalKeys(functions: readonly SqlFunction[], sources: string): Map<string, string> {
  const placed = placeFunctions(functions);
  const composites = [...placed.values()].filter(({ group }) => group === undefined);
  const called = new Set(composites.flatMap(({ calls }) => calls));
  const entries = functions.flatMap((one) => {
    const group = placed.get(one.name)?.group;
    const isEntry = called.has(one.name) || new RegExp(`'${one.name}'`).test(sources);
    const reason =
      group && isEntry && !isJob(one) && one.statements.some((s) => tablesOf(s).length > 0)
        ? reasonOf(one, keyParameters[group], placed)
        : undefined;
    return reason === undefined ? [] : [[one.name, reason] as const];
  });
  return new Map(entries);
}

function reasonOf(
  one: SqlFunction,
  keyParameter: RegExp,
  placed: ReturnType<typeof placeFunctions>,
): string | undefined {
  const [first = ''] = one.parameters;
  if (!keyParameter.test(first)) return `its first argument is ${first || 'none'}`;
  if (isArrayFirst(one) && !/\breturns (?:setof|table|void)\b/.test(one.text)) return 'one result of several keys';
  for (const statement of one.statements) {
    const other = tablesOf(statement).find((table) => !namesKey(statement, table, first, one.text));
    if (other) return `${other} by another key than ${first}`;
  }
  for (const [, name = '', argument = ''] of one.text.matchAll(/\bvouch\.(\w+)\(([^,)]*)/g)) {
    if (name !== one.name && placed.get(name)?.group && !argument.trim().startsWith(first))
      return `calls ${name} by another key`;
  }
  return undefined;
}

function isArrayFirst({ text, parameters: [first] }: SqlFunction): boolean {
  return new RegExp(`\\b${first} \\w+\\[\\]`).test(text);
}

/** Whether a statement finds the rows of a table by the first argument, or by the key of a table that it has found so. */
function namesKey(statement: string, table: string, first: string, text: string): boolean {
  const column = distributionOf(table);
  if (statement.startsWith('insert')) return insertedBy(statement, column, first, text);
  const keys = [...new Set(tablesOf(statement).map(distributionOf))].join('|');
  const names = [...statement.matchAll(new RegExp(`\\b(?:from|join|update) ${table}\\s+(?:as )?(\\w+)`, 'g'))];
  return names.every(([, name]) => {
    const key = `\\b${name}\\.${column} = `;
    return new RegExp(`${key}(?:any\\()?${first}\\b(?! [-+])|${key}\\w+\\.(?:${keys})\\b`).test(statement);
  });
}

/** Whether a row is inserted under the first argument: by its place in the list of columns, or in a whole row. */
function insertedBy(statement: string, column: string, first: string, text: string): boolean {
  const [, columns, values = ''] =
    /^insert into \w+ (?:as \w+ )?(?:\(([^)]*)\)\s*)?values \(([\s\S]*)\)/.exec(statement) ?? [];
  if (columns === undefined) return new RegExp(`\\.${column} := ${first}\\b`).test(text);
  const at = columns.split(',').findIndex((name) => name.trim() === column);
  return new RegExp(`^${first}(?:\\[\\w+\\])?$`).test(values.split(',')[at]?.trim().replace(/\)$/, '') ?? '');
}
