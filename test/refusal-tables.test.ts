import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const copy = await mkdtemp(join(tmpdir(), 'vouch-refusals-'));
after(() => rm(copy, { recursive: true }));

/** Unions of refusals, each with the table that answers it. */
const unions = [
  ['src/sign-in/challenge.ts', "{ readonly code: 'number_locked' }", 'src/sign-in/messages.ts'],
  [
    'src/sign-in/challenge.ts',
    "{ readonly code: 'wrong_code'; readonly guessesLeft: number | undefined }",
    'src/sign-in/messages.ts',
  ],
  ['src/kit/phone-number.ts', "{ readonly code: 'mobile_number_needed' }", 'src/sign-in/messages.ts'],
  ['src/invites/invite.ts', "{ readonly code: 'invite_code_own' }", 'src/invites/messages.ts'],
  ['src/invites/open-link.ts', "{ readonly code: 'invite_not_working' }", 'src/invites/messages.ts'],
  ['src/profile/profile.ts', "{ readonly code: 'username_taken' }", 'src/profile/messages.ts'],
] as const;

test('a refusal without an answer does not compile, in any room', async () => {
  for (const path of ['src', 'tsconfig.json', 'package.json']) {
    await cp(join(root, path), join(copy, path), { recursive: true });
  }
  const tables = { extends: './tsconfig.json', include: unions.map(([, , table]) => table) };
  await writeFile(join(copy, 'tsconfig.tables.json'), JSON.stringify(tables));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [at, [path, member]] of unions.entries()) {
    const file = join(copy, path);
    const text = await readFile(file, 'utf8');
    assert.equal(text.split(member).length, 2, `${path} has ${member} once`);
    await writeFile(file, text.replace(member, `${member} | { readonly code: 'planted_${at}' }`));
  }
  const found = errors();
  for (const [at, [, , table]] of unions.entries()) {
    const named = found.filter((line) => line.startsWith(table) && line.includes(`planted_${at}`));
    assert.ok(named.length > 0, `planted_${at} in ${table}: ${found.join('\n')}`);
  }
});

/** The errors of the compiler in the copy, each with its explanation in one line. */
function errors(): string[] {
  const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.tables.json', '--pretty', 'false'], {
    cwd: copy,
    encoding: 'utf8',
  });
  return stdout
    .split(/\n(?=\S)/)
    .filter((line) => line !== '')
    .map((line) => line.replace(/\s+/g, ' '));
}
