/** A change of a source text: what stands at a place, and what is put there instead. */
export interface Change {
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

/**
 * Changes of the SQL in the tagged templates of a source, each of which could be a mistake of ours: bounds and signs
 * turned, conditions joined otherwise or left out, orders turned, locks left out, numbers and times off by one.
 */
export function findChanges(source: string): Change[] {
  const inSql = sqlPlaces(source);
  const changes = swaps.flatMap(([pattern, ...replacements]) =>
    [...source.matchAll(pattern)].flatMap(({ index, 0: from }) => replacements.map((to) => ({ at: index, from, to }))),
  );
  return [...changes, ...withoutConditions(source)]
    .filter(({ at }) => inSql[at])
    .sort((one, other) => one.at - other.at || one.to.localeCompare(other.to));
}

type Swap = readonly [pattern: RegExp, ...replacements: string[]];

/** Bounds in time are turned round, but not moved by the one microsecond that nobody can hit. */
const swaps: readonly Swap[] = [
  [/ <= (?=\$\{(?:db\.)?now)/g, ' > '],
  [/ < (?=\$\{(?:db\.)?now)/g, ' >= '],
  [/ > (?=\$\{(?:db\.)?now)/g, ' <= '],
  [/ <= (?!\$\{(?:db\.)?now)/g, ' < ', ' > '],
  [/ < (?!\$\{(?:db\.)?now)/g, ' <= ', ' >= '],
  [/ > (?!\$\{(?:db\.)?now)/g, ' >= ', ' <= '],
  [/ >= /g, ' > ', ' < '],
  [/ <> /g, ' = '],
  [/ is distinct from /g, ' is not distinct from '],
  [/ is null\b/g, ' is not null'],
  [/ is not null\b/g, ' is null'],
  [/(?<!not )\bexists \(/g, 'not exists ('],
  [/\bnot exists \(/g, 'exists ('],
  [/\band (?=\S)/g, 'or '],
  [/\bor (?=\S)/g, 'and '],
  [/ \+ /g, ' - '],
  // one time less another is no time that could be added
  [/ - (?!\$\{(?:db\.)?now)/g, ' + '],
  [/\bgreatest\(/g, 'least('],
  [/ desc\b/g, ' asc'],
  [/\bany\(/g, 'all('],
  [/\bleft join\b/g, 'join'],
  [/\bon true\b/g, 'on false'],
  [/ for (?:no key update of i|key share|update skip locked)/g, ''],
  [/\bfalse(?= as)/g, 'true'],
  [/\btrue(?= from)/g, 'false'],
  [/'1 (?=(?:minute|hour)')/g, "'2 "],
  [/(?<=[ (,])0(?=[ ),`])/g, '1'],
  [/(?<=\[)1(?=[\]:])/g, '2'],
  [/(?<=\[)2(?=\])/g, '3'],
  [/(?<=\[)3(?=\])/g, '4'],
  [/(?<=\+ )1\b/g, '2'],
  [/(?<=limit )100\b/g, '99'],
];

/** Each condition of a `where` and of an `and` left out, as far as it stands in one template. */
function withoutConditions(source: string): Change[] {
  return [...source.matchAll(/\b(where|and) (?=\S)/g)].flatMap((found) => {
    const begin = found.index + found[0].length;
    const end = conditionEnd(source, begin);
    const condition = source.slice(found.index, end);
    return end > begin ? [{ at: found.index, from: condition, to: `${found[1]} true` }] : [];
  });
}

/** Where a condition ends: at the next `and`, `or`, clause, comma, line or bracket that does not belong to it. */
function conditionEnd(source: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < source.length; at += 1) {
    const letter = source[at]!;
    if ('({['.includes(letter)) depth += 1;
    if (')}]'.includes(letter)) depth -= 1;
    if (depth < 0 || (depth === 0 && (letter === '`' || letter === ','))) return at;
    if (depth === 0 && conditionStop.test(source.slice(at, at + 40)) && !source.slice(0, at).endsWith(' =')) return at;
  }
  return begin;
}

const conditionStop = /^\s+(?:and|or|order|for|limit|desc|returning|on conflict|union|then)\b|^\n/;

/** For each place of a source whether it is SQL: within a template tagged `sql`, and in no expression or comment. */
function sqlPlaces(source: string): boolean[] {
  const places = new Array<boolean>(source.length).fill(false);
  const code = (from: number, closing: string): number => {
    let depth = 0;
    for (let at = from; at < source.length; at += 1) {
      const letter = source[at]!;
      if (source.startsWith('//', at)) at = source.indexOf('\n', at);
      else if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1;
      else if (letter === "'" || letter === '"') at = source.indexOf(letter, at + 1);
      else if (letter === '`') at = template(at);
      else if (letter === closing && depth === 0) return at;
      else if (letter === '{') depth += 1;
      else if (letter === '}') depth -= 1;
    }
    return source.length;
  };
  const template = (from: number): number => {
    const isSql = /\bsql(?:<[^`]*>)?$/.test(source.slice(Math.max(0, from - 300), from));
    for (let at = from + 1; at < source.length; at += 1) {
      if (source[at] === '`') return at;
      if (source.startsWith('${', at)) at = code(at + 2, '}');
      else places[at] = isSql;
    }
    return source.length;
  };
  code(0, '');
  return places;
}
