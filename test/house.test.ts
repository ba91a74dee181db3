import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSyntax, type Syntax } from './support/syntax.ts';

/** The floors, lowest first. A room imports only rooms of lower floors; rooms of one floor meet by URL or by the person. */
const floors = [
  ['kit'],
  ['db', 'brand', 'texts'],
  ['accounts', 'sms', 'limits', 'http', 'metrics'],
  ['operators'],
  ['audit', 'routing'],
  ['sessions', 'deliveries', 'config', 'blocks', 'webhooks', 'team'],
  ['invites', 'api-keys'],
  ['sign-in', 'profile', 'dev'],
  ['people', 'transfer'],
  ['oidc', 'verifications', 'forward-auth'],
  ['console', 'admin', 'cli'],
  ['app'],
  ['runtime'],
  ['main'],
];

/** Who writes a table: no other room does. */
const writers: Record<string, string> = {
  account: 'accounts',
  api_key: 'api-keys',
  idempotent_request: 'admin',
  rate_limit: 'limits',
  audit_event: 'audit',
  message_event: 'deliveries',
  logout_notice: 'webhooks',
  webhook_attempt: 'webhooks',
  webhook_delivery: 'webhooks',
  webhook_endpoint: 'webhooks',
  audit_month: 'audit',
  audit_position: 'audit',
  audit_seal: 'audit',
  block: 'blocks',
  breaker: 'routing',
  challenge: 'sign-in',
  counted_invite: 'invites',
  daily_count: 'limits',
  delivery: 'deliveries',
  early_receipt: 'deliveries',
  function_version: 'db',
  invite: 'invites',
  migration: 'db',
  oidc_client: 'oidc',
  oidc_name: 'oidc',
  oidc_record: 'oidc',
  signing_key: 'oidc',
  operator: 'team',
  operator_link: 'team',
  operator_session: 'team',
  refusal: 'limits',
  session: 'sessions',
  standby: 'db',
  trusted_device: 'sessions',
  verification: 'verifications',
};

/** A clause at the beginning of a sentence, whose subject then comes late or never: no comment has one. */
const clause = /^(?:What|Whoever|Those|Where|One|Who)\b/;

/** A kind of file, told by its name, and what such a file does not hold. The last kind is every other source. */
interface FileKind {
  /** As CONTRIBUTING.md has it. */
  readonly label: string;
  readonly name: RegExp;
  readonly forbids: readonly (keyof typeof contents)[];
}

const fileKinds: readonly FileKind[] = [
  { label: 'api.ts', name: /(^|-)api\.ts$/, forbids: ['SQL', 'Russian sentences'] },
  { label: 'pages.tsx', name: /(^|-)pages\.tsx$/, forbids: ['SQL', 'Russian sentences'] },
  {
    label: 'views.tsx',
    name: /^views\.tsx$|-(view|form)\.tsx$/,
    forbids: ['SQL', 'routes', 'import of a store', 'Russian sentences'],
  },
  { label: 'messages.ts', name: /^(page-)?messages\.ts$/, forbids: ['SQL', 'routes', 'import of a store'] },
  { label: 'store.ts', name: /(^|-)store\.ts$/, forbids: ['routes', 'Russian sentences'] },
  { label: 'noun.ts', name: /\.tsx?$/, forbids: ['SQL', 'routes'] },
];

/** The contents that one kind of file may have and another may not. */
const contents = {
  SQL: /\bsql(<[^`]*>)?`/,
  routes: /\b(server|app)\.(get|post|put|patch|delete|route)\(/,
  'import of a store': /^import (?!type )[^;]*?from '[^']*\bstore\.ts'/m,
  'Russian sentences': /['"`>][^'"`<\n]*[А-Яа-яё]{2,} [А-Яа-яё]+/,
};

/** The room of what all routes share has some of its own, and `app.ts` mounts them all. */
const routesAllowed = /^(http\/|app\.ts$)/;

/** The room of the database, and parts of statements that the store of their room puts together. No others are added. */
const sqlAllowed = new RegExp(
  `^(db/|(${[
    'deliveries/delivery',
    'deliveries/message-state',
    'deliveries/queue-snapshot',
    'http/health',
    'invites/attempts',
    'invites/counted-invite',
    'cli/restore',
    'routing/route-stats',
    'runtime/primary',
    'sign-in/delete-expired-challenges',
  ].join('|')})\\.ts$)`,
);

/** The verbs of `verb-noun.ts`: such a file exports the function of its name. */
const verbs =
  /^(check|compose|copy|delete|edit|explain|find|init|open|parse|read|redact|redeem|refuse|request|run|send|start|verify|view)-/;

type Files = Readonly<Record<string, string>>;

test('src/ keeps to its floors, its names and its sizes', async () => {
  assert.deepEqual(breaches(await sources()), []);
});

test('CONTRIBUTING.md names the kinds of file that this test knows, and no others', async () => {
  const text = await readFile(fileURLToPath(new URL('../CONTRIBUTING.md', import.meta.url)), 'utf8');
  assert.deepEqual(
    labelsOf(text),
    fileKinds.map(({ label }) => label),
  );
  const planted = text.replace(/^\| `store\.ts`.*\n/m, '');
  assert.notDeepEqual(labelsOf(planted), labelsOf(text), 'a row that is missing is found');
});

/** The first word of each row of the table of kinds. */
function labelsOf(contributing: string): string[] {
  const table = /^\| Kind of file \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(contributing)?.[1] ?? '';
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
}

/** The maxima of the whole of `src/`: a cast or a `!` hides what the compiler would find. */
const maxima: Readonly<Record<keyof Syntax, number>> = { casts: 39, nonNullAssertions: 14, longFunctions: 11 };

test('src/ has few casts, few assertions that nothing is missing, and few long functions', async (t) => {
  const found = parseSyntax(await sources());
  t.diagnostic(`${found.casts.length} casts, ${found.nonNullAssertions.length} !, functions over 40 lines:`);
  for (const place of found.longFunctions) t.diagnostic(place);
  assert.deepEqual(excess(found), []);
});

const dull = 'const a = { b: 1 as const, c: "x!", d: `as B` } satisfies object; // a as B, c!\n';
const long = (lines: number) => `export function f() {\n${'  g();\n'.repeat(lines - 2)}}\n`;
const plantedSyntax: [name: string, text: string, found: keyof Syntax | undefined][] = [
  ['neither a cast nor an assertion', dull.repeat(50), undefined],
  ['as many casts as there may be', 'f(a as B);\n'.repeat(39), undefined],
  ['a cast too many', 'f(a as B);\n'.repeat(40), 'casts'],
  ['two casts in one', 'f(a as unknown as B);\n'.repeat(20), 'casts'],
  ['an assertion too many', 'a!.b();\n'.repeat(15), 'nonNullAssertions'],
  ['as many assertions as there may be', 'a!.b();\n'.repeat(14), undefined],
  ['as many long functions as there may be', long(41).repeat(11), undefined],
  ['a long function too many', long(41).repeat(12), 'longFunctions'],
  ['a long closure too many', long(41).replace('export function f()', 'const f = () =>').repeat(12), 'longFunctions'],
  ['functions of 40 lines', `/**\n * Does.\n */\n${long(40)}`.repeat(12), undefined],
];

for (const [name, text, kind] of plantedSyntax) {
  test(`${name} ${kind ? 'is' : 'are not'} found`, () => {
    const found = excess(parseSyntax({ 'sms/a.tsx': text, 'kit/b.ts': dull }));
    if (kind === undefined) return assert.deepEqual(found, []);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', new RegExp(`^${kind}: sms/a\\.tsx:1\\b`));
  });
}

/** The counts over their maximum, with the places. */
function excess(found: Syntax): string[] {
  return (Object.keys(maxima) as (keyof Syntax)[])
    .filter((kind) => found[kind].length > maxima[kind])
    .map((kind) => `${kind}: ${found[kind].join(', ')}`);
}

test('sentences of comments begin with their subject', async (t) => {
  const all = Object.values(await sources()).flatMap(sentencesOf);
  assert.ok(all.length > 2000, `only ${all.length} sentences were found`);
  const found = all.filter((sentence) => clause.test(sentence));
  const share = ((100 * found.length) / all.length).toFixed(1);
  t.diagnostic(`${share} % of ${all.length} sentences of comments begin with a clause`);
  assert.deepEqual(found, []);
});

const clean: Files = {
  'kit/clock.ts': '/** The time. */\nexport const clock = 1;\n',
  'db/open.ts': "import { clock } from '../kit/clock.ts';\n/** Opens. */\nexport const open = clock;\n",
  'sms/provider.ts': "import type { open } from '../db/open.ts';\n/** Sends. */\nexport type Provider = typeof open;\n",
  'main.ts': "import './sms/provider.ts';\n",
};

const planted: [name: string, files: Files, found: RegExp][] = [
  ['an import upward', { 'kit/clock.ts': "import '../db/open.ts';\n" }, /^kit\/clock\.ts: kit may not import db/],
  [
    'a type from above',
    { 'db/open.ts': "import type { Provider } from '../sms/provider.ts';\n" },
    /db may not import sms/,
  ],
  ['a late import upward', { 'db/open.ts': "await import('../sms/provider.ts');\n" }, /db may not import sms/],
  [
    'an import between rooms of one floor',
    { 'http/a.ts': "import '../sms/provider.ts';\n" },
    /http may not import sms/,
  ],
  [
    'a circle within a room',
    { 'sms/a.ts': "import './b.ts';\n", 'sms/b.ts': "import './a.ts';\n" },
    /circle: sms\/a\.ts → sms\/b\.ts → sms\/a\.ts/,
  ],
  ['a room that no floor knows', { 'billing/a.ts': '' }, /billing\/a\.ts: on no floor/],
  ['an import of nothing', { 'sms/a.ts': "import './nowhere.ts';\n" }, /sms\/nowhere\.ts is not there/],
  ['a default export', { 'sms/a.ts': '/** A. */\nexport default 1;\n' }, /default export/],
  ['a barrel', { 'sms/a.ts': "export * from './provider.ts';\n" }, /barrel/],
  ['a long file', { 'sms/a.ts': 'let a = 1;\n'.repeat(251) }, /251 lines/],
  ['a folder that says nothing', { 'kit/helpers/a.ts': '' }, /name that says nothing/],
  ['a file that says nothing', { 'sms/sms-service.ts': '' }, /name that says nothing/],
  ['an export without a sentence', { 'sms/a.ts': 'export async function send() {}\n' }, /send has no sentence/],
  ['a write to another room’s table', { 'sms/a.ts': 'const s = `update account set x = 1`;\n' }, /sms writes account/],
  ['a comment that begins with a clause', { 'sms/a.ts': '/** What sending needs. */\n' }, /: What sending needs\./],
  [
    'a clause later in a comment',
    { 'sms/a.ts': '/**\n * Sends a message. Returns: the reference.\n * Whoever waits is told.\n */\n' },
    /: Whoever waits is told\./,
  ],
  ['a clause after a semicolon', { 'sms/a.ts': '  // first;\n  // Those of others last\n' }, /: Those of others last/],
  ['a clause behind code', { 'sms/a.ts': 'const a = 1; // One of two.\n' }, /: One of two\./],
  ['a route outside a door', { 'sms/a.ts': "server.get('/a', send);\n" }, /sms\/a\.ts: noun\.ts holds no routes/],
  ['a route in a view', { 'sms/views.tsx': "server.post('/a', send);\n" }, /views\.tsx holds no routes/],
  ['SQL in a rule', { 'sms/a.ts': 'const a = sql`select 1`;\n' }, /sms\/a\.ts: noun\.ts holds no SQL/],
  ['SQL in a use case', { 'sms/send-a.ts': 'const a = await db.sql<Row[]>`select 1`;\n' }, /noun\.ts holds no SQL/],
  ['SQL in an API', { 'sms/api.ts': 'const a = sql<Row[]>`select 1`;\n' }, /api\.ts holds no SQL/],
  ['SQL in a page', { 'sms/in-pages.tsx': 'await db.sql`select 1`;\n' }, /in-pages\.tsx: pages\.tsx holds no SQL/],
  [
    'a use case of another name than its file',
    { 'sms/send-a.ts': '/** Sends. */\nexport function sendB() {}\n' },
    /sms\/send-a\.ts: exports no sendA$/m,
  ],
  [
    'a view that reads rows',
    { 'sms/a-view.tsx': "import { a } from './store.ts';\n" },
    /views\.tsx holds no import of a store/,
  ],
  ['a sentence in a page', { 'sms/pages.tsx': '<p>Введите код</p>\n' }, /pages\.tsx holds no Russian sentences/],
  ['a sentence in a store', { 'sms/a-store.ts': "const a = 'Неверный код';\n" }, /store\.ts holds no Russian/],
  ['a clause in a page', { 'sms/a.tsx': 'const a = <p>{/* Where it is. */}</p>;\n' }, /: Where it is\./],
];

const noComments: Files = { 'sms/a.ts': "const a = ['https://a.test/ Who', '*/*', '; Where', 'a/**'];\nWhat(a);\n" };
const fineKinds: Files = {
  'sms/send-a.ts': '/** Sends. */\nexport async function sendA() {}\n',
  'sms/edit-view.tsx': '/** Shows. */\nexport function EditView() {}\n',
  'db/rows.ts': 'const a = sql`select 1`;\n',
  'sms/store.ts': 'const a = sql`select 1`;\n',
};
const fineComments: Files = {
  'sms/b.ts': '/**\n * The sender, and what it needs; `One` is a name. Returns the one\n * that was asked.\n */\n',
};

test('a tree without a breach has none', () => {
  assert.deepEqual(breaches({ ...clean, ...noComments, ...fineKinds, ...fineComments }), []);
});

for (const [name, files, found] of planted) {
  test(`${name} is found`, () => {
    assert.match(breaches({ ...clean, ...files }).join('\n'), found);
  });
}

/** Every breach of the rules of the house in a tree of sources, by path below `src/`. */
function breaches(files: Files): string[] {
  return [
    ...Object.entries(files).flatMap(([path, text]) => [
      ...floorBreaches(files, path),
      ...nameBreaches(path),
      ...kindBreaches(path, text),
      ...verbBreaches(path, text),
      ...textBreaches(path, text),
    ]),
    ...circles(files),
  ];
}

function floorBreaches(files: Files, path: string): string[] {
  const room = roomOf(path);
  if (floorOf(room) === -1) return [`${path}: on no floor`];
  return importsOf(files, path).flatMap((target) => {
    if (!(target in files)) return [`${path}: ${target} is not there`];
    const other = roomOf(target);
    return other === room || floorOf(other) < floorOf(room) ? [] : [`${path}: ${room} may not import ${other}`];
  });
}

function nameBreaches(path: string): string[] {
  return /(^|[/-])(utils?|helpers?|managers?|services?|handlers?|common|misc)(?=[./]|$)/.test(path)
    ? [`${path}: a name that says nothing`]
    : [];
}

function kindBreaches(path: string, text: string): string[] {
  const kind = fileKinds.find(({ name }) => name.test(posix.basename(path)));
  if (!kind) return [`${path}: of no kind`];
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  return kind.forbids
    .filter((content) => contents[content].test(code) && !isAllowed(path, kind, content))
    .map((content) => `${path}: ${kind.label} holds no ${content}`);
}

function isAllowed(path: string, kind: FileKind, content: keyof typeof contents): boolean {
  if (content === 'routes') return routesAllowed.test(path);
  return content === 'SQL' && kind.label === 'noun.ts' && sqlAllowed.test(path);
}

/** The function that a file named `verb-noun.ts` promises and does not export. Views and pages are of other kinds. */
function verbBreaches(path: string, text: string): string[] {
  const name = posix.basename(path).replace(/\.tsx?$/, '');
  if (!verbs.test(name) || fileKinds.find((kind) => kind.name.test(posix.basename(path)))?.label !== 'noun.ts')
    return [];
  const promised = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const isExported = new RegExp(`^export (async )?(function|const) ${promised}\\b`, 'm').test(text);
  return isExported ? [] : [`${path}: exports no ${promised}`];
}

function textBreaches(path: string, text: string): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  if (lines.length - 1 > 250) found.push(`${path}: ${lines.length - 1} lines`);
  lines.forEach((line, at) => {
    if (/^export default\b/.test(line)) found.push(`${path}: a default export`);
    if (/^export (\*|(type )?\{.*\} from)/.test(line)) found.push(`${path}: a barrel`);
    const name =
      /^export (?:declare |abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/.exec(
        line,
      )?.[1];
    if (name && !/\*\/$|^\/\/ biome-ignore/.test(lines[at - 1] ?? '')) found.push(`${path}: ${name} has no sentence`);
  });
  for (const [, table = ''] of text.matchAll(/\b(?:insert into|update|delete from) (\w+)\b/g)) {
    const writer = writers[table];
    if (writer && writer !== roomOf(path)) found.push(`${path}: ${roomOf(path)} writes ${table}`);
  }
  for (const sentence of sentencesOf(text)) if (clause.test(sentence)) found.push(`${path}: ${sentence}`);
  return found;
}

/** The sentences of all comments of a source, cut at colons and semicolons too. Adjacent `//` lines are one comment. */
function sentencesOf(text: string): string[] {
  const comments = text.match(/(?<![^\s{(])\/\*[\s\S]*?\*\/|^(?:[ \t]*\/\/.*\n?)+|(?<=[ \t])\/\/.*/gm) ?? [];
  return comments.flatMap((comment) => {
    const words = comment.replace(/^[ \t]*(?:\/\/|\/?\*+(?!\/))|\*+\/$/gm, ' ').trim();
    return words.split(/(?<=[.!?:;])\s+/).map((sentence) => sentence.replace(/\s+/g, ' '));
  });
}

/** Each circle of imports once, from its first file in the order of names. */
function circles(files: Files): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at !== -1) return void found.add(`circle: ${[...way.slice(at), path].join(' → ')}`);
    if (done.has(path)) return;
    for (const target of importsOf(files, path)) if (target in files) walk(target, [...way, path]);
    done.add(path);
  };
  for (const path of Object.keys(files).sort()) walk(path, []);
  return [...found];
}

function importsOf(files: Files, path: string): string[] {
  const text = (files[path] ?? '').replace(/\/\*[\s\S]*?\*\//g, '');
  const named = [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.[^']*)'/g)].map((match) => match[1]!);
  return named.map((name) => posix.join(posix.dirname(path), name));
}

function roomOf(path: string): string {
  return path.split('/')[0]!.replace(/\.tsx?$/, '');
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

async function sources(): Promise<Files> {
  const folder = fileURLToPath(new URL('../src/', import.meta.url));
  const paths = (await readdir(folder, { recursive: true })).filter((path) => /\.tsx?$/.test(path));
  assert.ok(paths.length > 80, `only ${paths.length} sources were found`);
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(folder + path, 'utf8')])),
  );
}
