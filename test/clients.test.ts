import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openSite } from './support/browser.ts';
import { deepTest, isDeep } from './support/depth.ts';

const run = promisify(execFile);
const cwd = fileURLToPath(new URL('./clients/', import.meta.url));
const site = await openSite();

/** Runs a script of test/clients against the site, and gives what it printed. */
async function script(...words: string[]): Promise<string> {
  const options = { cwd, maxBuffer: 10_000_000 };
  return (await run(process.execPath, [...words, site.url], options)).stdout;
}

if (isDeep) before(() => script('make.mjs'));

deepTest(
  'the linters of Redocly and Stoplight find nothing in the OpenAPI document, by their recommended rules',
  async () => {
    assert.deepEqual(JSON.parse(await script('lint.mjs')), []);
  },
);

deepTest('clients made by openapi-typescript, hey-api and orval compile under strict', async () => {
  const compiler = join(
    createRequire(join(cwd, 'package.json')).resolve('typescript/package.json'),
    '..',
    'bin',
    'tsc',
  );
  await run(process.execPath, [compiler, '-p', '.'], { cwd }).catch(({ stdout }) => assert.fail(stdout));
});

deepTest('clients made by openapi-typescript, hey-api and orval sign in', async () => {
  const printed = await script('--import', 'tsx', 'sign-in.ts');
  assert.equal(printed, 'byOpenapiFetch signed in\nbyHeyApi signed in\nbyOrval signed in\n');
});

test('the OpenAPI document names its schemas, describes each call and field, and lists every code of an error', async () => {
  const answer = await fetch(`${site.url}/openapi.json`);
  const { paths, components } = (await answer.json()) as {
    paths: Record<string, Record<string, { summary: string; description: string; security: object[] }>>;
    components: { schemas: Record<string, { properties: Record<string, { description?: string; enum?: string[] }> }> };
  };
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]) => ({ name: `${method} ${path}`, ...call })),
  );
  for (const { name, summary, description, security } of calls) {
    assert.ok(description.length > summary.length && description.endsWith('.'), `${name} has no description`);
    assert.equal(security.length === 0, /sms$|invites\/\{code\}$/.test(name), `${name}: who may call it`);
  }
  for (const [schema, { properties }] of Object.entries(components.schemas))
    for (const [name, { description }] of Object.entries(properties))
      assert.ok(description || name === 'sessions', `${schema}.${name} has no description`);
  const codes = components.schemas.Problem?.properties.code?.enum ?? [];
  for (const code of ['wrong_code', 'invite_code_own', 'too_many_profile_attempts', 'overloaded'])
    assert.ok(codes.includes(code), code);
  assert.ok(JSON.stringify(paths).length < 60_000, 'a schema stands inline');
});
