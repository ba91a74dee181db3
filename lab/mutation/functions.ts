import type { Change } from './sql.ts';

/** A change of a function, with a name that stays when lines move: `judge_guess/bound/2` is its second bound. */
export interface FunctionChange extends Change {
  readonly name: string;
}

type Find = (code: string) => Omit<FunctionChange, 'name'>[];

/**
 * Changes of the functions in a file of SQL, each of which could be a mistake of ours. Only bodies are changed, not
 * parameters, and neither comments nor texts: a text is a name, which TypeScript compares.
 */
export function findFunctionChanges(source: string): FunctionChange[] {
  return functionsOf(source)
    .flatMap(({ name, from, code }) =>
      kinds.flatMap(([kind, find]) =>
        find(code)
          .sort((one, other) => one.at - other.at || one.to.localeCompare(other.to))
          .map((change, at) => ({ ...change, at: from + change.at, name: `${name}/${kind}/${at + 1}` })),
      ),
    )
    .map((change) => ({ ...change, from: source.slice(change.at, change.at + change.from.length) }))
    .sort((one, other) => one.at - other.at || one.name.localeCompare(other.name));
}

/** The bodies of the functions of a file, of the same length as in the file, with texts and comments made blank. */
function functionsOf(source: string): { name: string; from: number; code: string }[] {
  const code = blank(source);
  return [...code.matchAll(/^create function vouch\.(\w+)/gm)].map(({ index, 1: name }) => {
    const opening = /\bas \$\$|\breturn\b/g;
    opening.lastIndex = index;
    const opened = opening.exec(code);
    if (!opened) throw new Error(`${name} has no body`);
    const from = opened.index + opened[0].length;
    const end = code.indexOf(opened[0].endsWith('$$') ? '$$' : ';', from);
    return { name: name!, from, code: code.slice(from, end) };
  });
}

/** The same with comments and texts made blank, except the texts of intervals. */
function blank(source: string): string {
  return source
    .replace(/--.*/g, (comment) => ' '.repeat(comment.length))
    .replace(/(interval )?'[^']*'/g, (text, interval) => (interval ? text : `'${'~'.repeat(text.length - 2)}'`));
}

const kinds: readonly (readonly [kind: string, find: Find])[] = [
  ['bound', swap([/ <= /g, ' < ', ' > '], [/ < /g, ' <= ', ' >= '], [/ > /g, ' >= ', ' <= '], [/ >= /g, ' > ', ' < '])],
  ['equality', (code) => swap([/ = /g, ' <> '], [/ <> /g, ' = '])(code).filter(({ at }) => !isAssignment(code, at))],
  ['logic', swap([/ and (?=\S)/g, ' or '], [/ or (?=\S)/g, ' and '], [/\bany\(/g, 'all('])],
  // a time has no sum with the present
  [
    'sign',
    swap([/ \+ /g, ' - '], [/ - (?!p_now)/g, ' + '], [/(?<!select) \* /g, ' / '], [/ \/ /g, ' * '], [/ % /g, ' / ']),
  ],
  ['extreme', swap([/\bgreatest\(/g, 'least('], [/\bleast\(/g, 'greatest('])],
  [
    'not',
    swap(
      [/(?<!is )\bnot (?!exists)/g, ''],
      [/\bif found\b/g, 'if not found'],
      [/\breturn found\b/g, 'return not found'],
    ),
  ],
  ['null', swap([/ is null\b/g, ' is not null'], [/ is not null\b/g, ' is null'])],
  ['exists', swap([/(?<!not )\bexists \(/g, 'not exists ('], [/\bnot exists \(/g, 'exists ('])],
  [
    'number',
    (code) =>
      changeEach(code, /(?<![\w.'"])\d+(?:\.\d+)?(?![\w.])|(?<=interval ')\d+/g, (digits) => [
        String(Number(digits) + 1),
      ]),
  ],
  ['truth', swap([/\btrue\b/g, 'false'], [/\bfalse\b/g, 'true'])],
  ['lock', swap([/ for (?:no key )?update(?: skip locked)?(?=;)/g, ''], [/ for (?:key )?share(?=;)/g, ''])],
  ['conflict', swap([/\s+on conflict (?:\([^)]*\) )?do nothing/g, ''])],
  ['order', swap([/ desc\b/g, ' asc'], [/ limit 1\b/g, ''])],
  ['join', swap([/\bleft join\b/g, 'join'])],
  ['slice', (code) => changeEach(code, /\[[^[\]]*:[^[\]]*\]/g, () => [''])],
  [
    'condition',
    (code) =>
      changeEach(
        code,
        /(?<=\b(?:if|elsif|exit when|continue when|case when|\n {4}when) )(?!\w+ then)[^;]*?(?= then\b|;)|(?<=\b(?:if|case when) )\w+(?= then)/g,
        () => ['true', 'false'],
      ),
  ],
  ['where', withoutConditions],
  ['return', swap([/(?<=\n +)return;/g, 'null;'])],
  ['perform', (code) => changeEach(code, /(?<=\n +)perform [^;]*;/g, () => ['null;'])],
  ['assignment', (code) => changeEach(code, /(?<=\n +)[\w.]+ := [^;]*;/g, () => ['null;'])],
  ['column', withoutColumns],
];

type Swap = readonly [pattern: RegExp, ...replacements: string[]];

function swap(...swaps: readonly Swap[]): Find {
  return (code) => swaps.flatMap(([pattern, ...replacements]) => changeEach(code, pattern, () => replacements));
}

function changeEach(code: string, pattern: RegExp, replace: (found: string) => readonly string[]) {
  return [...code.matchAll(pattern)].flatMap(({ index, 0: from }) =>
    replace(from).map((to) => ({ at: index, from, to })),
  );
}

/** Whether a sign of equality sets a column: in a list after `set`, before its `where`, outside brackets and cases. */
function isAssignment(code: string, at: number): boolean {
  const before = code.slice(code.lastIndexOf(';', at) + 1, at);
  const list = /\bset (?!.*\b(?:set|where)\b)(.*)$/s.exec(before)?.[1];
  return list !== undefined && /(?:^|,)\s*\w+$/.test(list.replace(/\([^()]*\)/g, ''));
}

/** Each column of an `update` not set, if it sets several. */
function withoutColumns(code: string) {
  return [...code.matchAll(/\bset ([^;]*?)(?=\s+where\b|;)/g)].flatMap(({ index, 1: list }) => {
    const items = [...list!.matchAll(/(?:[^,(]|\([^)]*\))+(?:,\s*|$)/g)];
    const from = index + 'set '.length;
    // the last one takes the comma before it
    const last = items.pop()!;
    const comma = /,\s*$/.exec(items.at(-1)?.[0] ?? '')?.[0] ?? '';
    const ends = items.length === 0 ? [] : [{ at: from + last.index - comma.length, from: comma + last[0], to: '' }];
    return [...items.map((item) => ({ at: from + item.index, from: item[0], to: '' })), ...ends];
  });
}

/** Each condition of a statement or an `if`, after a `where`, an `and` or an `or`, left out. */
function withoutConditions(code: string) {
  return [...code.matchAll(/\b(where|and|or)(?= \S)/g)].flatMap(({ index, 0: from, 1: word }) => {
    const end = conditionEnd(code, index + from.length + 1);
    return [{ at: index, from: code.slice(index, end), to: `${word} ${word === 'or' ? 'false' : 'true'}` }];
  });
}

const conditionStop = /^\s+(?:and|or|where|left|join|order|group|for|limit|desc|returning|on|then|loop)\b/;

/** The end of a condition: the next word that goes on, or the bracket, comma or semicolon that ends the whole. */
function conditionEnd(code: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < code.length; at += 1) {
    const letter = code[at]!;
    if (letter === '(' || letter === '[') depth += 1;
    if (letter === ')' || letter === ']') depth -= 1;
    if (depth < 0 || (depth === 0 && (letter === ';' || letter === ','))) return at;
    if (depth === 0 && conditionStop.test(code.slice(at, at + 60))) return at;
  }
  return code.length;
}
