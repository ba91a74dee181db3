import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

/** A log line that the code can write. A call that spreads an object has further fields. */
interface LogCall {
  readonly path: string;
  readonly level: string;
  /** Undefined if it is no plain literal. */
  readonly message: string | undefined;
  readonly fields: readonly string[];
  readonly isOpen: boolean;
}

/** A row of docs/logs.md. */
interface Row {
  readonly level: string;
  readonly message: string;
  readonly fields: readonly string[];
}

const root = new URL('../', import.meta.url);

test('docs/logs.md has a row for each log message of the code, with its levels and fields', async () => {
  const paths = (await readdir(new URL('src/', root), { recursive: true })).filter((path) => /\.tsx?$/.test(path));
  const files = await Promise.all(
    paths.map(async (path) => [path, await readFile(new URL(`src/${path}`, root), 'utf8')] as const),
  );
  const calls = files.flatMap(([path, text]) => callsOf(path, text));
  assert.ok(calls.length > 30, `only ${calls.length} log calls were found`);
  const rows = rowsOf(await readFile(new URL('docs/logs.md', root), 'utf8'));
  assert.deepEqual(differences(calls, rows), []);
});

const page = `
| Message | Level | Fields | Meaning |
| --- | --- | --- | --- |
| \`provider recovered\` | info | \`provider\` | Nothing to do. |
| \`delivery failed\` | warn, error | \`delivery\` \`err\` | Look. |
`;
const code = `
  log.info({ provider }, 'provider recovered');
  this.#needs.log.warn({ ...named(of), err: fault }, 'delivery failed');
  request.log.error({ delivery: find({ a: 1, b: '}' }), err }, 'delivery failed');
`;

test('a page that fits the code has no differences', () => {
  assert.deepEqual(differences(callsOf('a.ts', code), rowsOf(page)), []);
});

const planted: [name: string, code: string, page: string, found: RegExp][] = [
  ['a message without a row', `${code} log.warn({ err }, 'worker exited');`, page, /a\.ts: no row for "worker exited"/],
  ['a row without a message', code.replace(/log\.info.*/, ''), page, /stale row: "provider recovered"/],
  ['a level that no row has', code.replace('log.info', 'log.debug'), page, /"provider recovered" is debug/],
  [
    'a level that no call has',
    code,
    page.replace('| info |', '| info, warn |'),
    /stale level: "provider recovered" warn/,
  ],
  ['a field that no row has', code.replace('{ provider }', '{ provider, ms: 1 }'), page, /"provider recovered" has ms/],
  [
    'a field that no call has',
    code,
    page.replace('`provider`', '`provider` `ms`'),
    /stale field: "provider recovered" ms/,
  ],
  ['an upper-case message', code.replace('provider rec', 'Provider rec'), page, /upper case: "Provider recovered"/],
  ['a sentence as a message', code.replace('recovered', 'recovered.'), page, /punctuation: "provider recovered\."/],
  ['a message with values in it', `${code} log.info(\`port \${port}\`);`, page, /a\.ts: a message that is no literal/],
  ['a message in a variable', `${code} log.info({ port }, message);`, page, /a\.ts: a message that is no literal/],
  ['an error under another key', code.replace('err }', 'error }'), page, /an error under the key error/],
];
for (const [name, badCode, badPage, found] of planted) {
  test(`${name} is found`, () => {
    assert.match(differences(callsOf('a.ts', badCode), rowsOf(badPage)).join('\n'), found);
  });
}

function differences(calls: readonly LogCall[], rows: readonly Row[]): string[] {
  return [...calls.flatMap((call) => ruleBreaches(call)), ...missing(calls, rows), ...stale(calls, rows)];
}

function ruleBreaches({ path, message, fields }: LogCall): string[] {
  if (message === undefined) return [`${path}: a message that is no literal`];
  const found: string[] = [];
  if (/[A-Z]/.test(message)) found.push(`${path}: upper case: "${message}"`);
  if (/[,:;!?]|\.$/.test(message)) found.push(`${path}: punctuation: "${message}"`);
  for (const field of fields) {
    if (['error', 'fault', 'exception', 'e'].includes(field)) found.push(`${path}: an error under the key ${field}`);
  }
  return found;
}

function missing(calls: readonly LogCall[], rows: readonly Row[]): string[] {
  return calls.flatMap(({ path, level, message = '', fields }) => {
    const some = rows.filter((row) => row.message === message);
    if (some.length === 0) return [`${path}: no row for "${message}"`];
    const levels = some.flatMap((row) => row.level.split(', '));
    const known = new Set(some.flatMap((row) => row.fields));
    return [
      ...(levels.includes(level) ? [] : [`${path}: "${message}" is ${level}`]),
      ...fields.filter((field) => !known.has(field)).map((field) => `${path}: "${message}" has ${field}`),
    ];
  });
}

function stale(calls: readonly LogCall[], rows: readonly Row[]): string[] {
  return rows.flatMap(({ message, level, fields }) => {
    const some = calls.filter((call) => call.message === message);
    if (some.length === 0) return [`stale row: "${message}"`];
    const levels = level.split(', ').filter((one) => !some.some((call) => call.level === one));
    const isOpen = some.some((call) => call.isOpen);
    const gone = isOpen ? [] : fields.filter((field) => !some.some((call) => call.fields.includes(field)));
    return [
      ...levels.map((one) => `stale level: "${message}" ${one}`),
      ...gone.map((field) => `stale field: "${message}" ${field}`),
    ];
  });
}

function rowsOf(text: string): Row[] {
  const lines = [...text.matchAll(/^\| `([^`]+)` \| ((?:debug|info|warn|error|fatal)[a-z, ]*) \| ([^|]*)\|/gm)];
  return lines.map(([, message = '', level = '', fields = '']) => ({
    message,
    level,
    fields: [...fields.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
  }));
}

function callsOf(path: string, source: string): LogCall[] {
  const text = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(?<=^|\s)\/\/.*/gm, '');
  return [...text.matchAll(/\blog\.(debug|info|warn|error|fatal)\(/g)].map((match) => {
    const parts = split(text, match.index + match[0].length);
    const first = parts[0] ?? '';
    const members = first.startsWith('{') ? split(first, 1) : [];
    return {
      path,
      level: match[1] ?? '',
      message: /^'([^'\\]*)'$/.exec(parts.at(-1) ?? '')?.[1],
      fields: members.flatMap((member) => /^\w+(?=\s*(?::|$))/.exec(member) ?? []),
      isOpen: members.some((member) => member.startsWith('...')),
    };
  });
}

/** The parts between commas of what a bracket before `from` encloses. */
function split(text: string, from: number): string[] {
  const parts: string[] = [''];
  let depth = 0;
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote) quote = char === quote && text[at - 1] !== '\\' ? '' : quote;
    else if (/['"`]/.test(char)) quote = char;
    else if (/[([{]/.test(char)) depth += 1;
    else if (/[)\]}]/.test(char) && --depth < 0) break;
    if (char === ',' && depth === 0 && !quote) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
