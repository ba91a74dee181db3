import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deepTest } from './support/depth.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const clone = mkdtempSync(join(tmpdir(), 'vouch-release-'));
after(() => rmSync(clone, { recursive: true, force: true }));

/** A repository with the script, and with checks and a build that take no time. */
beforeEach(() => {
  rmSync(clone, { recursive: true, force: true });
  cpSync(join(root, 'scripts/release.ts'), join(clone, 'scripts/release.ts'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  write('.gitignore', 'node_modules\nrelease/\ndist/\n');
  write('CHANGELOG.md', '# Changes\n\n## 1.2.3\n\n- Something.\n');
  const scripts = {
    check: 'node -e "console.log(\'checked at depth\', process.env.TEST_DEPTH)"',
    build: 'mkdir dist && touch dist/main.js',
  };
  write('package.json', JSON.stringify({ name: 'vouch', version: '1.2.3', type: 'module', files: ['dist'], scripts }));
  const packages = { '': { name: 'vouch', version: '1.2.3' } };
  write(
    'package-lock.json',
    JSON.stringify({ name: 'vouch', version: '1.2.3', lockfileVersion: 3, requires: true, packages }),
  );
  git('init', '--quiet');
  commit();
});

deepTest('a release is refused while the tree has changes', () => {
  write('new.txt', 'not committed');
  refused(/changes that are not committed/);
});

deepTest('a release is refused while CHANGELOG.md has no entry of its version', () => {
  write('CHANGELOG.md', '# Changes\n\n## 1.2.4\n\n## 1.2.30\n\nAs in 1.2.3.\n');
  commit();
  refused(/CHANGELOG\.md has no entry "## 1\.2\.3"/);
});

deepTest('a release is refused where the tag of its version exists', () => {
  git('tag', 'v1.2.3');
  refused(/the tag v1\.2\.3 exists/);
});

deepTest('a release is refused where the checks fail, and makes no tag', () => {
  write(
    'package.json',
    JSON.stringify({ name: 'vouch', version: '1.2.3', scripts: { check: 'exit 1', build: 'true' } }),
  );
  commit();
  assert.notEqual(release().status, 0);
  assert.equal(git('tag'), '');
});

deepTest('a release checks, builds, packs, writes the SBOM and makes the tag', () => {
  const { status, stdout, stderr } = release();
  assert.equal(status, 0, stderr);
  assert.match(stdout, /checked at depth 1/);
  assert.equal(git('tag').trim(), 'v1.2.3');
  const folder = join(clone, 'release/v1.2.3');
  const packed = execFileSync('tar', ['-tzf', join(folder, 'vouch-1.2.3.tgz')], { encoding: 'utf8' });
  assert.ok(packed.split('\n').includes('package/dist/main.js'), packed);
  const sbom = JSON.parse(execFileSync('cat', [join(folder, 'sbom.cyclonedx.json')], { encoding: 'utf8' }));
  assert.deepEqual([sbom.bomFormat, sbom.metadata.component.version], ['CycloneDX', '1.2.3']);
});

function refused(reason: RegExp): void {
  const { status, stdout, stderr } = release();
  assert.equal(status, 1);
  assert.match(stderr, reason);
  assert.equal(stdout, '', 'nothing is run');
}

function release() {
  return spawnSync(process.execPath, ['--import', 'tsx', 'scripts/release.ts'], {
    cwd: clone,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...identity },
  });
}

const identity = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

function commit(): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'all');
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: clone, encoding: 'utf8', env: { ...process.env, ...identity } });
}

function write(name: string, text: string): void {
  writeFileSync(join(clone, name), text);
}
