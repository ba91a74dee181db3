import { decodeText } from './decode.ts';

/** An assignment of a `.env` file; `line` counts from 1. */
export interface EnvEntry {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** All assignments of the file, and a sentence for each line that is none. No sentence repeats a value. */
export interface EnvFile {
  readonly entries: readonly EnvEntry[];
  readonly problems: readonly string[];
}

/**
 * Returns true for the name of a known variable. A line of a quoted value that assigns one shows an unclosed quote
 * above.
 */
type IsKnown = (name: string) => boolean;

type Value = { readonly value: string; readonly lines: number } | { readonly reason: string };

const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=(.*)$/s;

/**
 * Parses a `.env` file as docker compose does: `#` begins a comment after white space only, single quotes keep
 * everything, double quotes know `
 * `, `\r`, `\t`, `\"`, `\\` and `\$`, and a quoted value may have several lines. Stricter than docker compose: a line
 * without an assignment, a name given twice and `${…}` are refused (decision 020).
 */
export function parseEnvFile(bytes: Uint8Array, isKnown: IsKnown): EnvFile {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return { entries: [], problems: [`${at(decoded.line)}${decoded.reason}`] };
  const lines = decoded.text.split(/\r\n|[\r\n]/);
  const entries: EnvEntry[] = [];
  const problems: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    const line = index + 1;
    const refuse = (reason: string) => void problems.push(`${at(line)}${reason}`);
    if (/^[ \t]*(#|$)/.test(text)) continue;
    const [, name = '', after = ''] = assignment.exec(text) ?? [];
    if (name === '') {
      refuse('there is no assignment. A value of several lines stands in quotes. Example: PORT=8000');
      continue;
    }
    const read = parseValue(after, lines.slice(line), isKnown);
    if ('reason' in read) {
      refuse(`${name} ${read.reason}`);
      continue;
    }
    index += read.lines - 1;
    const earlier = entries.find((entry) => entry.name === name);
    if (earlier) refuse(`${name} is given a second time, after line ${earlier.line}: keep one`);
    else entries.push({ name, value: read.value, line });
  }
  return { entries, problems };
}

function at(line: number | undefined): string {
  return line === undefined ? '.env: ' : `.env, line ${line}: `;
}

/** The value that begins after `=` and may go on in the lines below. */
function parseValue(after: string, below: readonly string[], isKnown: IsKnown): Value {
  const trimmed = after.replace(/^[ \t]+/, '');
  const quote = /^["']/.exec(trimmed)?.[0];
  const read = quote ? quoted(quote, [trimmed.slice(1), ...below], isKnown) : unquoted(after);
  return 'value' in read ? (controlIn(read.value) ?? read) : read;
}

function unquoted(after: string): Value {
  const value = after.replace(/[ \t]#.*$/s, '').replace(/^[ \t]+|[ \t]+$/g, '');
  if (/^[`“”„‟«»‘’‚‛]/.test(value)) return { reason: 'begins with a quote of another kind: use \' or "' };
  if (/^[\p{Z}\p{Cf}]|[\p{Z}\p{Cf}]$/u.test(value)) {
    return { reason: 'begins or ends with an invisible character: remove it, or put the value in single quotes' };
  }
  return substitution(value) ?? { value, lines: 1 };
}

function quoted(quote: string, lines: readonly string[], isKnown: IsKnown): Value {
  const end = quote === '"' ? /^(?:[^"\\]|\\.|\\$)*?"/s : /^[^']*?'/;
  const parts: string[] = [];
  for (const [index, line] of lines.entries()) {
    const [, name = ''] = (index > 0 && assignment.exec(line)) || [];
    if (isKnown(name)) return { reason: `has a ${quote} that is not closed before ${name}` };
    const closed = end.exec(line)?.[0];
    parts.push(closed === undefined ? line : closed.slice(0, -1));
    if (closed === undefined) continue;
    if (!/^[ \t]*(#.*)?$/s.test(line.slice(closed.length))) {
      return { reason: `has text after its closing ${quote}: put the whole value in the other kind of quotes` };
    }
    const value = parts.join('\n');
    return quote === "'"
      ? { value, lines: parts.length }
      : (substitution(value) ?? { value: unescaped(value), lines: parts.length });
  }
  return { reason: `has a ${quote} that is not closed` };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescaped(value: string): string {
  return value.replace(/\\([nrt"\\$])/g, (_, character: string) => escapes[character] ?? character);
}

/** Refuses `$(…)` and `${…}`, which a shell and docker compose would substitute. */
function substitution(value: string): { reason: string } | undefined {
  return /(?<!\\)(?:\\\\)*\$(?:\(|\{[A-Za-z_])/.test(value)
    ? {
        reason:
          'holds \u0024{…} or $(…), which nothing replaces here: write the value itself, or put it in single quotes',
      }
    : undefined;
}

function controlIn(value: string): { reason: string } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
  const [control] = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(value) ?? [];
  if (control === undefined) return undefined;
  return {
    reason: `holds the control character U+00${control.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  };
}
