// `npm run release`: refuses a tree that is not ready; else checks, builds, packs, and writes the SBOM and the tag.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.cwd();
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>;
const tag = `v${version}`;

const problems = refusals();
if (problems.length > 0) {
  process.stderr.write(`There is no release of ${name} ${version}:\n${problems.map((text) => `  ${text}\n`).join('')}`);
  process.exitCode = 1;
} else {
  // a release passes the deep run
  process.env.TEST_DEPTH = '1';
  run('npm', ['run', 'check']);
  run('npm', ['run', 'build']);
  const folder = join('release', tag);
  mkdirSync(join(root, folder), { recursive: true });
  run('npm', ['pack', '--pack-destination', folder]);
  // from the lockfile: the lists of what is installed here would name what only development needs
  const sbom = ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'];
  writeFileSync(join(root, folder, 'sbom.cyclonedx.json'), output('npm', sbom));
  run('git', ['tag', '--annotate', tag, '--message', `${name} ${version}`]);
  process.stdout.write(`\n${folder} holds the package and its SBOM. To publish the tag: git push origin ${tag}\n`);
}

/** The reasons why this tree is not to be released; none if it is. */
function refusals(): string[] {
  const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  return [
    output('git', ['status', '--porcelain']) !== '' && 'the working tree has changes that are not committed',
    !changes.split('\n').includes(`## ${version}`) && `CHANGELOG.md has no entry "## ${version}"`,
    output('git', ['tag', '--list', tag]) !== '' && `the tag ${tag} exists: raise the version in package.json`,
  ].filter((problem) => problem !== false);
}

function run(program: string, words: readonly string[]): void {
  execFileSync(program, words, { cwd: root, stdio: 'inherit' });
}

function output(program: string, words: readonly string[]): string {
  return execFileSync(program, words, { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000 }).trim();
}
