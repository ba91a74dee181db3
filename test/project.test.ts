import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFile(join(root, path), 'utf8');

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly 'runs-on': string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string }[];
}

const { scripts, files, bin, ...rest }: Package = JSON.parse(await read('package.json'));

test('each npm script that a document or the workflow names is in package.json', async () => {
  const documents = await markdown();
  for (const path of [...documents, '.github/workflows/ci.yml', '.github/PULL_REQUEST_TEMPLATE.md']) {
    const named = (await read(path)).matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g);
    for (const [, script = ''] of named) {
      assert.ok(script in scripts, `${path}: npm run ${script}`);
    }
  }
});

test('no document runs a command by npx that may be a package of strangers', async () => {
  for (const path of await markdown()) assert.deepEqual(bareNpx(await read(path)), [], path);
  assert.deepEqual(bareNpx('Run `npx vouch trace`.'), ['npx vouch']);
});

/** Calls of our own command that npm may download, if it does not find it. */
function bareNpx(text: string): string[] {
  return text.match(/\bnpx (?!-)vouch/g) ?? [];
}

test('the workflow tests each Node.js and each PostgreSQL that we support, and macOS', async () => {
  const { jobs }: Workflow = parse(await read('.github/workflows/ci.yml'));
  const { node, postgres, start, macos } = jobs;
  assert.deepEqual(node?.strategy?.matrix.node, [20, 22, 24, 26]);
  assert.deepEqual(start?.strategy?.matrix.node, [20, 22, 24, 26]);
  assert.deepEqual(postgres?.strategy?.matrix.postgres, [15, 16, 17, 18]);
  assert.match(postgres?.env?.TEST_DATABASE_URL ?? '', /^postgres:/);
  assert.match(macos?.['runs-on'] ?? '', /^macos-/);
  for (const [name, { steps }] of Object.entries(jobs)) {
    const commands = steps.flatMap(({ run }) => run ?? []);
    assert.ok(commands.includes('npm ci') && commands.length > 1, name);
    for (const command of commands.filter((one) => one.startsWith('.'))) assert.ok(existsSync(join(root, command)));
  }
  const templates = await readdir(join(root, '.github/ISSUE_TEMPLATE'));
  for (const name of templates) assert.ok(parse(await read(`.github/ISSUE_TEMPLATE/${name}`)), name);
});

test('the package names where it comes from, and holds what a start needs', async () => {
  for (const field of ['repository', 'bugs', 'homepage', 'license', 'description']) assert.ok(rest[field], field);
  const ownFiles = files.filter((path) => path !== 'dist');
  for (const path of ownFiles) assert.ok(existsSync(join(root, path)), path);
  for (const needed of ['dist', 'migrations', 'public', 'scripts/start.mjs', ...Object.values(bin)])
    assert.ok(files.includes(needed), needed);
  const started = await read('scripts/start.mjs');
  for (const [, name] of started.matchAll(/from '\.\/([\w.-]+)'/g)) assert.ok(files.includes(`scripts/${name}`), name);
});

test('docs/dependencies.md explains each package that the bot holds back', async () => {
  const { packageRules }: { packageRules: readonly Record<string, unknown>[] } = JSON.parse(
    await read('renovate.json'),
  );
  const held = packageRules.filter(
    ({ enabled, allowedVersions }) => enabled === false || allowedVersions !== undefined,
  );
  const names = held.flatMap(({ matchPackageNames }) => (Array.isArray(matchPackageNames) ? matchPackageNames : []));
  assert.ok(names.length >= 6, `only ${names.length} packages were found`);
  const page = await read('docs/dependencies.md');
  for (const name of names) assert.ok(page.includes(`\`${name}\``), String(name));
});

test('SECURITY.md and the code of conduct name a contact', async () => {
  for (const path of ['SECURITY.md', 'CODE_OF_CONDUCT.md']) assert.match(await read(path), /\b[\w.]+@[\w.]+\b/, path);
});

async function markdown(): Promise<string[]> {
  const folders = ['', 'docs', 'docs/decisions', 'lab'];
  const found = await Promise.all(
    folders.map(async (folder) => (await readdir(join(root, folder))).map((name) => join(folder, name))),
  );
  return found.flat().filter((path) => path.endsWith('.md'));
}
