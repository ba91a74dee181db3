import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exampleFile, providerTables, table } from '../src/config/env-docs.ts';
import type { Document } from './support/assert-openapi.ts';
import { testOf } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { openApp } from './support/harness.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Commands of the READMEs that are not run here, and why. Any other command is. */
const notRun: Record<string, string> = {
  'npm ci': 'the tests run in what it installed; .ci/run runs it',
  'npm start': 'it is what the server of this test is started by, and does not end',
  'docker compose up --build': 'needs a Docker engine; the files it reads are looked at below',
  'npm run -s vouch -- backup backup-1': 'it is run by test/backup.test.ts, over a server and its data',
};

interface Block {
  readonly kind: string;
  readonly text: string;
}

for (const [file, language] of [
  ['README.md', 'en'],
  ['README.ru.md', 'ru'],
] as const) {
  testOf(language === 'en')(`what ${file} tells a newcomer to type works, and answers as it says`, async () => {
    const server = await startAsTold();
    const blocks = blocksOf(await readFile(join(root, file), 'utf8'));
    const toRun = blocks.filter(({ kind, text }) => isShell(kind) && runnable(text) !== '');
    assert.ok(toRun.length >= 5, `${file} has ${toRun.length} blocks to run`);
    const script = toRun.map(({ text }) => `${runnable(text)}\nprintf '\\036'\n`).join('');
    const { output, code } = await shell(script.replaceAll('127.0.0.1:8000', `127.0.0.1:${server.port}`));
    assert.equal(code, 0, output);
    const answers = output.split('\u001e');
    for (const [at, block] of toRun.entries()) {
      const shown = blocks[blocks.indexOf(block) + 1];
      if (shown?.kind !== 'json') assert.fail(`no answer is shown after: ${block.text}`);
      assert.deepEqual(JSON.parse(steady(answers[at]!)), JSON.parse(steady(shown.text)), block.text);
    }
    const welcome = blocks.find(({ kind, text }) => kind === '' && text.includes('/redoc/'));
    assert.ok(welcome, 'the lines that a start prints are shown');
    assert.ok(server.output().includes(welcome.text.replaceAll(':8000/', `:${server.port}/`)), server.output());
    await server.stop();
  });

  test(`the configuration table of ${file} is that of the schema`, async () => {
    const text = await readFile(join(root, file), 'utf8');
    const found = /<!-- configuration -->\n([\s\S]*?)\n<!-- \/configuration -->/.exec(text)?.[1];
    assert.equal(found, table(language), 'npm run docs');
  });
}

test('no setting shows a default that is a value of the program instead of a word', () => {
  for (const text of [table('en'), table('ru'), exampleFile(), providerTables()])
    assert.doesNotMatch(text, /\b(?:undefined|null|NaN)\b|\[object|=>|\| *``? *\|/);
});

test('.env.example is that of the schema', async () => {
  assert.equal(await readFile(join(root, '.env.example'), 'utf8'), exampleFile(), 'npm run docs');
});

test('both READMEs have the same headings, commands and API, and the API is that of the OpenAPI document', async () => {
  const document = (await openApp()).server.swagger() as unknown as Document;
  const described = Object.entries(document.paths).flatMap(([path, calls]) =>
    Object.keys(calls).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const wanted = described.sort();
  const told = await Promise.all(
    ['README.md', 'README.ru.md'].map(async (file) => {
      const text = await readFile(join(root, file), 'utf8');
      const calls = [...text.matchAll(/^\| `([A-Z]+ \/api\/\S+?)\/?` \|/gm)].map((match) => match[1]!);
      assert.deepEqual(calls.toSorted(), wanted, file);
      const commands = blocksOf(text).filter(({ kind }) => isShell(kind));
      return {
        headings: text.match(/^#+ /gm),
        commands: commands.map(({ text: command }) => command.replace(" -H 'Accept-Language: en'", '')),
      };
    }),
  );
  assert.deepEqual(told[1], told[0]);
});

test('every relative link and picture of a document leads to a file', async () => {
  const documents = (await readdir(root, { withFileTypes: true })).flatMap((entry) => {
    if (entry.isFile()) return entry.name.endsWith('.md') ? entry.name : [];
    if (/^(dist|data|node_modules)$/.test(entry.name)) return [];
    const within = readdirSync(join(root, entry.name), { recursive: true, encoding: 'utf8' });
    return within.filter((path) => /^(?!.*node_modules).*\.md$/.test(path)).map((path) => join(entry.name, path));
  });
  assert.ok(documents.length >= 10, `only ${documents.length} documents were found`);
  for (const file of documents) {
    const text = await readFile(join(root, file), 'utf8');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)].map((match) => match[1] ?? match[2]!);
    for (const link of links.filter((one) => !/^(https?:|mailto:|#)/.test(one))) {
      assert.ok(existsSync(join(root, dirname(file), link.split('#')[0]!)), `${file}: ${link}`);
    }
  }
});

test('every source, test and migration that a document names is there, and every room is in ARCHITECTURE.md', async () => {
  const documents = (await readdir(root)).filter((path) => path.endsWith('.md'));
  const decisions = (await readdir(join(root, 'docs/decisions'))).map((name) => join('docs/decisions', name));
  for (const file of [...documents, ...decisions]) {
    const named = (await readFile(join(root, file), 'utf8')).matchAll(
      /`((?:src|test|scripts|migrations|public)\/[^`\s]*)`/g,
    );
    for (const [, path] of named) assert.ok(existsSync(join(root, path!)), `${file}: ${path}`);
  }
  const architecture = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8');
  for (const entry of await readdir(join(root, 'src'), { withFileTypes: true })) {
    const path = `src/${entry.name}${entry.isDirectory() ? '/' : ''}`;
    assert.ok(architecture.includes(`\`${path}\``), path);
  }
});

test('the image is made of files that are there and that .dockerignore lets in', async () => {
  const letIn = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
  const copied = (await readFile(join(root, 'Dockerfile'), 'utf8'))
    .split('\n')
    .filter((line) => /^COPY (?!--from)/.test(line))
    .flatMap((line) => line.split(' ').slice(1, -1));
  assert.ok(copied.includes('migrations') && copied.includes('src'));
  for (const name of copied) {
    assert.ok(existsSync(join(root, name)), name);
    assert.ok(letIn.includes(`!${name}`), name);
  }
});

test('package.json alone states the version; the OpenAPI document and the list of changes have it', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  assert.match(
    await readFile(join(root, 'CHANGELOG.md'), 'utf8'),
    new RegExp(`^## ${version.replaceAll('.', '\\.')}$`, 'm'),
  );
  const document = (await openApp()).server.swagger() as unknown as { info: { version: string } };
  assert.equal(document.info.version, version);
});

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({ kind: match[1]!, text: match[2]! }));
}

function isShell(kind: string): boolean {
  return ['sh', 'bash', 'shell', 'console'].includes(kind);
}

function runnable(text: string): string {
  return text
    .split('\n')
    .filter((line) => !(line in notRun))
    .join('\n')
    .trim();
}

/** The text with what differs from run to run written the same. */
function steady(text: string): string {
  return text
    .replace(/\b\d{6}\b/g, '000000')
    .replace(/"vouch_[\w-]{70}"/g, '"token"')
    .replace(/"vouchc_[\w-]{43}"/g, '"challenge"')
    .replace(/"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"id"')
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"time"')
    .replace(/"[23456789BCDFGHJKMNPQRSTVWXZ]{6}"/g, '"invite"');
}

async function shell(script: string): Promise<{ output: string; code: number }> {
  const child = spawn('sh', ['-eu'], { env: { PATH: process.env.PATH }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(script);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { output, code };
}

/** The product by `npm start`, with a data folder of its own, on a free port. */
async function startAsTold(): Promise<{ port: number; output(): string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vouch-readme-'));
  const port = await freePort();
  const child = spawn('npm', ['start'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, PORT: String(port) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const stop = async () => {
    if (isRunning(child)) {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
      await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`), 'what npm started ends with npm');
    }
    await rm(dataDir, { recursive: true, force: true });
  };
  after(stop);
  while (!output.includes('server listening') || !output.includes('/redoc/')) {
    assert.ok(isRunning(child), output);
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  }
  return { port, output: () => output, stop };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
