import { isUnbounded, maxParameters } from './function-rules.ts';

const writingCte = /\bas\s+(?:(?:not\s+)?materialized\s+)?\(\s*(?:insert|update|delete|merge)\b/i;
/** The text of such an expression is in another place, where it may write. */
const composedCte = /\bas\s+(?:(?:not\s+)?materialized\s+)?\(\s*\$\{/i;
const numberedParameter = /(?<![\w\\])\$(\d+)(?!\d)/g;
const sqlTemplate = /\bsql(?:<[^`]*?>)?`/g;
/** A constant or a function whose value is a fragment. */
const fragment =
  /\b(?:const (\w+)(?:: \w+)? =\s*(?:\([^)]*\)(?:: \w+)? =>\s*)?|function (\w+)\([^)]*\)[^{]*\{\s*return )(?=sql(?:<[^`]*?>)?`)/g;

/** The rules that the statements in a source in TypeScript break. */
export function statementBreachesOf(path: string, source: string): string[] {
  const text = source.replace(/(?<![^\s{(])\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/gm, '');
  const found: string[] = [];
  if (/\bctid\b/i.test(text)) found.push('ctid');
  if (writingCte.test(text)) found.push('a common table expression that writes');
  if (composedCte.test(text)) found.push('a common table expression that is composed');
  const numbers = [...text.matchAll(numberedParameter)].map(([, number]) => Number(number));
  const parameters = Math.max(0, ...numbers, ...templatesIn(text).map((spans) => countParameters(spans, text)));
  if (parameters > maxParameters) found.push(`${parameters} parameters`);
  const reads = textsIn(text).filter((statement) => !allMessages.test(statement));
  if (reads.some(isUnbounded)) found.push('delivery without a bound of its id');
  return found.map((breach) => `${path}: ${breach}`);
}

/** The trace of a number for an operator, which has all of its messages. */
const allMessages = /^select \* from delivery where phone_number = \$\{phoneNumber\}/;

/** The texts of the `sql` templates in a text, each with those of the fragments that it names. */
function textsIn(text: string): string[] {
  return [...text.matchAll(sqlTemplate)].map((match) => {
    const start = match.index + match[0].length;
    const { spans, end } = readTemplate(text, start);
    const fragments = spans.map((span) => {
      const [, name = ''] = /^\s*(\w+)\b/.exec(span) ?? [];
      const found = [...text.matchAll(fragment)].find((one) => one[1] === name || one[2] === name);
      if (!found) return '';
      const from = text.indexOf('`', found.index + found[0].length) + 1;
      return text.slice(from, readTemplate(text, from).end);
    });
    return [text.slice(start, end - 1), ...fragments].join('\n');
  });
}

/** The parameters of a template, with those of the fragments that it has or names; two branches count both. */
function countParameters(spans: readonly string[], text: string, within: readonly string[] = []): number {
  return spans
    .map((span) => {
      const nested = templatesIn(span);
      if (nested.length > 0) return nested.reduce((sum, one) => sum + countParameters(one, text, within), 0);
      const [, name = ''] = /^\s*(\w+)\b/.exec(span) ?? [];
      const named = within.includes(name) ? undefined : findFragment(name, text);
      return named ? countParameters(named, text, [...within, name]) : 1;
    })
    .reduce((sum, count) => sum + count, 0);
}

/** The expressions of the fragment of this name in a text. */
function findFragment(name: string, text: string): string[] | undefined {
  for (const match of text.matchAll(fragment)) {
    if (match[1] === name || match[2] === name) return templatesIn(text.slice(match.index + match[0].length))[0];
  }
  return undefined;
}

/** The expressions of each `sql` template in a text, without those within another. */
function templatesIn(text: string): string[][] {
  const found: string[][] = [];
  let end = 0;
  for (const match of text.matchAll(sqlTemplate)) {
    if (match.index < end) continue;
    const template = readTemplate(text, match.index + match[0].length);
    found.push(template.spans);
    end = template.end;
  }
  return found;
}

/** The expressions of a template whose text begins at a place, and the place after it. */
function readTemplate(text: string, start: number): { spans: string[]; end: number } {
  const spans: string[] = [];
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') return { spans, end: at + 1 };
    else if (text.startsWith('${', at)) {
      const end = endOfExpression(text, at + 2);
      spans.push(text.slice(at + 2, end));
      at = end;
    }
  }
  return { spans, end: text.length };
}

/** The place of the brace that ends an expression. */
function endOfExpression(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const one = text[at];
    if (one === '`') at = readTemplate(text, at + 1).end - 1;
    else if (one === '{') depth += 1;
    else if (one === '}' && depth === 0) return at;
    else if (one === '}') depth -= 1;
  }
  return text.length;
}
