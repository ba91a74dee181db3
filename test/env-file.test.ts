import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type EnvEntry, parseEnvFile } from '../src/config/env-file.ts';
import { loadConfig } from '../src/config/load.ts';
import { isKnownName } from '../src/config/names.ts';
import { nodeArguments } from './support/child-script.ts';

const folder = await mkdtemp(join(tmpdir(), 'vouch-env-file-'));
after(() => rm(folder, { recursive: true }));

test('a .env with a byte order mark is read whole, from its first line', async () => {
  const problems = await problemsOf('\uFEFFNODE_ENV=production\n');
  assert.ok(
    problems.some((problem) => problem.startsWith('SECRET_KEYS is needed in production')),
    problems.join('\n'),
  );
});

const encodings: [name: string, bytes: Uint8Array, refusal: RegExp][] = [
  ['UTF-16 LE', Buffer.from('\uFEFFNODE_ENV=production\n', 'utf16le'), /^\.env: it is written in UTF-16/],
  ['UTF-16 BE', Buffer.from('\uFEFFNODE_ENV=production\n', 'utf16le').swap16(), /^\.env: it is written in UTF-16/],
  ['UTF-16 without a mark', Buffer.from('NODE_ENV=production\n', 'utf16le'), /^\.env, line 1: .*NUL byte/],
  ['Latin-1', Buffer.from('PORT=1\nSMSC_PASSWORD=pässword\n', 'latin1'), /^\.env, line 2: .*not UTF-8/],
  ['Windows-1251', Buffer.from([...Buffer.from('# '), 0xcf, 0xee, 0xf0, 0xf2, 0x0a]), /^\.env, line 1: .*not UTF-8/],
  ['a NUL', Buffer.from('PORT=1\n\nCODE_LENGTH=6\0\n'), /^\.env, line 3: .*NUL byte/],
];
for (const [name, bytes, refusal] of encodings) {
  test(`a .env in ${name} is refused, with the line where there is one`, async () => {
    assert.match((await problemsOf(bytes)).join('\n'), refusal);
  });
}

const parsed: [text: string, values: Record<string, string>][] = [
  ['SMSC_PASSWORD=pa#ss!word', { SMSC_PASSWORD: 'pa#ss!word' }],
  ['SMSC_PASSWORD=#hash', { SMSC_PASSWORD: '#hash' }],
  ['SMSC_PASSWORD=pass # of the account', { SMSC_PASSWORD: 'pass' }],
  ['SMSC_PASSWORD=pass\t# of the account', { SMSC_PASSWORD: 'pass' }],
  ['SMSC_PASSWORD=pa#ss # and # more', { SMSC_PASSWORD: 'pa#ss' }],
  ['SMSC_PASSWORD="pass # word" # a comment', { SMSC_PASSWORD: 'pass # word' }],
  ["SMSC_PASSWORD='pa\"$ss \\n #'", { SMSC_PASSWORD: 'pa"$ss \\n #' }],
  ['SMSC_PASSWORD="a\\"b\\\\c\\$d\\ne\\qf"', { SMSC_PASSWORD: 'a"b\\c$d\ne\\qf' }],
  ['SMSC_PASSWORD=pa$ss', { SMSC_PASSWORD: 'pa$ss' }],
  ["SMSC_PASSWORD='\u0024{NAME}'", { SMSC_PASSWORD: '\u0024{NAME}' }],
  ["SMSC_PASSWORD=it's", { SMSC_PASSWORD: "it's" }],
  ['SMSC_PASSWORD=a=b==', { SMSC_PASSWORD: 'a=b==' }],
  ['SMSC_PASSWORD=one two', { SMSC_PASSWORD: 'one two' }],
  ['SMS_HTTP_HEADERS={"a":"b#c","d":"e f"}', { SMS_HTTP_HEADERS: '{"a":"b#c","d":"e f"}' }],
  ['  export PORT = 8001  \n\texport\tHOST=::1', { PORT: '8001', HOST: '::1' }],
  ['PORT=8001\r\nHOST="::1"\r\n', { PORT: '8001', HOST: '::1' }],
  ['PORT=8001\rHOST=::1\r', { PORT: '8001', HOST: '::1' }],
  ['\n  # PORT=1\n\t\n#HOST=x', {}],
  ['PORT=\nHOST= # the usual one', { PORT: '', HOST: '' }],
  [
    'VONAGE_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\r\nMII+/w==\r\n-----END PRIVATE KEY-----"\r\nPORT=1',
    { VONAGE_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nMII+/w==\n-----END PRIVATE KEY-----', PORT: '1' },
  ],
  [
    "VONAGE_PRIVATE_KEY='-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n' # PEM\nPORT=1",
    { VONAGE_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n', PORT: '1' },
  ],
  ['VONAGE_PRIVATE_KEY="-----BEGIN\\nMII\\nEND-----"', { VONAGE_PRIVATE_KEY: '-----BEGIN\nMII\nEND-----' }],
];
for (const [text, values] of parsed) {
  test(`.env as docker compose reads it: ${JSON.stringify(text)}`, () => {
    const { entries, problems } = parse(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.fromEntries(entries.map(({ name, value }) => [name, value])), values);
  });
}

const refused: [text: string, refusal: RegExp][] = [
  ['PORT 8001', /line 1: there is no assignment/],
  ['PORT: 8001', /line 1: there is no assignment/],
  ['PORT', /line 1: there is no assignment/],
  ['export PORT', /line 1: there is no assignment/],
  ['set PORT=8001', /line 1: there is no assignment/],
  ['=8001', /line 1: there is no assignment/],
  ['\n\n; PORT=1', /line 3: there is no assignment/],
  ['// PORT=1', /line 1: there is no assignment/],
  ['[production]', /line 1: there is no assignment/],
  ['PОRT=8001', /line 1: there is no assignment/],
  ['HOST=::1\n\uFEFFPORT=8001', /line 2: there is no assignment/],
  ['PORT\u00a0=8001', /line 1: there is no assignment/],
  ['VONAGE_PRIVATE_KEY=-----BEGIN PRIVATE KEY-----\nMIIhidden', /line 2: there is no assignment.*in quotes/],
  ['SMSC_PASSWORD="hidden', /line 1: SMSC_PASSWORD has a " that is not closed/],
  ["SMSC_PASSWORD='hidden\nPORT=1", /line 1: SMSC_PASSWORD has a ' that is not closed before PORT/],
  ['SMSC_PASSWORD="hidden\nPORT=1\nHOST="', /line 1: SMSC_PASSWORD has a " that is not closed before PORT/],
  ['SMSC_PASSWORD="hidden"den', /line 1: SMSC_PASSWORD has text after its closing "/],
  ["SMSC_PASSWORD='hid\\'den'", /line 1: SMSC_PASSWORD has text after its closing '/],
  ['SMSC_PASSWORD=`hidden`', /line 1: SMSC_PASSWORD begins with a quote of another kind/],
  ['SMSC_PASSWORD=“hidden”', /line 1: SMSC_PASSWORD begins with a quote of another kind/],
  ['SMSC_PASSWORD=hidden\u00a0', /line 1: SMSC_PASSWORD begins or ends with an invisible character/],
  ['SMSC_PASSWORD=hidden\u200b', /line 1: SMSC_PASSWORD begins or ends with an invisible character/],
  ['SMSC_PASSWORD=hid\u0007den', /line 1: SMSC_PASSWORD holds the control character U\+0007/],
  ['SMSC_PASSWORD=\u0024{HIDDEN}', /line 1: SMSC_PASSWORD holds \$\{…\}/],
  ['SECRET_KEYS="$(openssl rand -base64 32)"', /line 1: SECRET_KEYS holds \$\{…\} or \$\(…\)/],
  ['PORT=1\nHOST=::1\nPORT=2', /line 3: PORT is given a second time, after line 1/],
];
for (const [text, refusal] of refused) {
  test(`.env is refused with the line, and without the value: ${JSON.stringify(text)}`, () => {
    const { problems } = parse(text);
    assert.match(problems.join('\n'), refusal);
    assert.doesNotMatch(problems.join('\n'), /hid/i);
  });
}

test('every value comes back as it was from single or double quotes, and every line is an assignment, nothing or refused', () => {
  const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\p{Cc}]/u.test(text));
  fc.assert(
    fc.property(value, fc.constantFrom('\n', '\r\n'), (text, end) => {
      const single = text.includes("'") ? [] : [`SMSC_PASSWORD='${text}'`];
      const double = `SMSC_PASSWORD="${text.replaceAll(/[\\"$]/g, '\\$&')}"`;
      for (const line of [...single, double]) {
        assert.deepEqual(parse(`# first${end}${line}${end}PORT=1`), {
          entries: [
            { name: 'SMSC_PASSWORD', value: text, line: 2 },
            { name: 'PORT', value: '1', line: 3 },
          ],
          problems: [],
        });
      }
    }),
    // U+2028 ends a line for `.` of a regular expression, and none of a file
    { examples: [['\u2028', '\n']] },
  );
  const hostile = fc.string({ unit: fc.constantFrom(...'AB_=#"\'\\ \t\r\n$({`\u00a0\0é') });
  fc.assert(
    fc.property(hostile, (text) => {
      const { entries, problems } = parse(text);
      const meant = text.split(/\r\n|[\r\n]/).filter((line) => !/^[ \t]*(#|$)/.test(line));
      assert.ok(meant.length === 0 || entries.length + problems.length > 0, 'nothing is lost in silence');
    }),
  );
});

test('an unquoted value without white space is kept as it is, whatever signs it has', () => {
  const signs = fc.string({ unit: fc.constantFrom(...'aZ09#!$%&*()+,-./:;<=>?@[]^_{|}~\\"\''), minLength: 1 });
  fc.assert(
    fc.property(
      signs.filter((text) => !/^["']|\$[({]/.test(text)),
      (text) => assert.equal(parse(`SMSC_PASSWORD=${text}`).entries[0]?.value, text),
    ),
  );
});

test('a .env that is a folder, a link to nothing or not ours to read is refused', async () => {
  const [directory, dangling, closed] = ['directory', 'dangling', 'closed'].map((name) => join(folder, name));
  await mkdir(join(directory!, '.env'), { recursive: true });
  assert.match(problemsIn(directory!).join('\n'), /^\.env cannot be read: EISDIR/);
  await mkdir(dangling!);
  await symlink('/nowhere/at/all', join(dangling!, '.env'));
  assert.match(problemsIn(dangling!).join('\n'), /^\.env cannot be read: it is a link to a file that is not there/);
  if (process.getuid?.() === 0) return; // root reads everything
  await mkdir(closed!);
  await writeFile(join(closed!, '.env'), 'PORT=1\n');
  await chmod(join(closed!, '.env'), 0);
  assert.match(problemsIn(closed!).join('\n'), /^\.env cannot be read: EACCES/);
});

test('all problems of .env and of the environment are told at once', async () => {
  const text = 'PORT=70000\nCODE_LENGHT=4\nnonsense\nHOST="::1\nDEFAULT_REGION=KZ\n';
  const problems = (await problemsOf(text, { SMS_ROUTE: '*=console', LOG_LEVEL: 'loud' })).join('\n');
  for (const found of [
    /^PORT has to be/m,
    /^\.env, line 2: CODE_LENGHT is no variable of Vouch\. The nearest name is CODE_LENGTH\./m,
    /^\.env, line 3: there is no assignment/m,
    /^\.env, line 4: HOST has a " that is not closed before DEFAULT_REGION/m,
    /^SMS_ROUTE is no variable of Vouch\. The nearest name is SMS_ROUTES\./m,
    /^LOG_LEVEL has to be/m,
  ]) {
    assert.match(problems, found);
  }
});

test('the server and the command refuse the same .env', async () => {
  const at = await workingFolder('CODE_LENGHT=4\n');
  for (const words of [[], ['providers']]) {
    const child = spawn(process.execPath, [...nodeArguments('src/main.ts'), ...words], {
      cwd: at,
      env: { PATH: process.env.PATH, PORT: '0' },
    });
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    assert.deepEqual(await once(child, 'close'), [1, null], output);
    assert.match(output, /\.env, line 1: CODE_LENGHT is no variable of Vouch\. The nearest name is CODE_LENGTH/);
  }
});

function parse(text: string): { entries: readonly EnvEntry[]; problems: readonly string[] } {
  return parseEnvFile(Buffer.from(text), isKnownName);
}

let folders = 0;

async function workingFolder(content: string | Uint8Array): Promise<string> {
  folders += 1;
  const at = join(folder, String(folders));
  await mkdir(at);
  await writeFile(join(at, '.env'), content);
  return at;
}

async function problemsOf(content: string | Uint8Array, env: Record<string, string> = {}): Promise<readonly string[]> {
  return problemsIn(await workingFolder(content), env);
}

/** The problems that a start in this folder, with this environment, tells. */
function problemsIn(at: string, env: Record<string, string> = {}): readonly string[] {
  const before = { folder: process.cwd(), env: process.env };
  process.chdir(at);
  process.env = { ...env };
  try {
    const read = loadConfig();
    return read.ok ? [] : read.problems;
  } finally {
    process.chdir(before.folder);
    process.env = before.env;
  }
}
