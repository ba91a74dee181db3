import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deepTest } from './support/depth.ts';
import { emptyFolder } from './support/embedded-database.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** What the packages need, and what compiling against them needs, so that no registry is asked. */
const others = [
  'jose',
  'standardwebhooks',
  '@stablelib/base64',
  'fast-sha256',
  'react',
  '@types/react',
  'csstype',
  '@types/node',
  'undici-types',
];

function folderOf(name: string): string {
  const places = ['packages/server/node_modules', 'packages/react/node_modules', 'node_modules'];
  const found = places.map((place) => join(root, place, name)).find((folder) => existsSync(folder));
  return found ?? assert.fail(`${name} is not installed`);
}

const program = `
import { createClient, createOAuthClient, memoryStorage, type Result, type Profile } from '@vouch/client';
import { openDpopKey } from '@vouch/client/dpop';
import { createSessions, createTokenVerifier, expressSession, readForwardAuth } from '@vouch/server';
import { CodeField, PhoneField, useVouch } from '@vouch/react';
const client = createClient({ url: 'https://signin.example.com', storage: memoryStorage() });
export const profile: Promise<Result<Profile>> = client.profile();
export const all = [createOAuthClient, openDpopKey, createTokenVerifier, expressSession, readForwardAuth, CodeField, PhoneField, useVouch];
export const session = createSessions<{ sub: string }>({ secrets: ['x'.repeat(32)] }).read('').then((found) => found?.sub);
`;
const names = ['createClient', 'openDpopKey', 'createSessions', 'CodeField'];
const use = (load: (name: string) => string) => `
const found = [${['@vouch/client', '@vouch/client/dpop', '@vouch/server', '@vouch/react'].map(load).join(', ')}];
console.log(${JSON.stringify(names)}.map((name, at) => typeof found[at][name]).join());
`;

deepTest(
  'the packages work from their tarballs in an empty folder: import, require and types under strict',
  async (t) => {
    const folder = await emptyFolder(t);
    for (const name of ['client', 'server', 'react']) {
      await run(process.execPath, [compiler, '-p', `packages/${name}`], { cwd: root });
    }
    const packed = [
      ...['client', 'server', 'react'].map((name) => join(root, 'packages', name)),
      ...others.map(folderOf),
    ];
    const npm = (...words: string[]) => run('npm', [...words, '--ignore-scripts', '--no-audit'], { cwd: folder });
    await npm('pack', ...packed);
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    assert.equal(tarballs.length, packed.length);
    await npm('install', '--offline', ...tarballs.map((file) => `./${file}`));
    const files = readdirSync(join(folder, 'node_modules/@vouch/client'));
    assert.deepEqual(files.sort(), ['LICENSE', 'README.md', 'dist', 'package.json']);
    await writeFile(
      join(folder, 'program.mjs'),
      use((name) => `await import('${name}')`),
    );
    await writeFile(
      join(folder, 'program.cjs'),
      use((name) => `require('${name}')`),
    );
    for (const file of ['program.mjs', 'program.cjs']) {
      const { stdout } = await run(process.execPath, [file], { cwd: folder });
      assert.equal(stdout, 'function,function,function,function\n', file);
    }
    await writeFile(join(folder, 'program.ts'), program);
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--lib', 'es2023,dom', '--types', 'node'];
    await run(process.execPath, [compiler, ...options, 'program.ts'], { cwd: folder }).catch(({ stdout }) =>
      assert.fail(stdout),
    );
  },
);
