import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isFullDepth } from './depth.ts';

/** A Chromium to launch, and the environment in which it runs. */
export interface Chromium {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/**
 * The Chromium that `@sparticuz/chromium` brings, with what it may lack of libraries and fonts: it draws no windows, so
 * that a page costs a third of the processor time. The deep run takes the system's, as do machines for which the package
 * has none.
 */
export function findChromium(): Chromium {
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, text]) => (text ? [[name, text]] : [])));
  const own = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );
  const isForUs = process.platform === 'linux' && process.arch === 'x64';
  if (own && (isFullDepth || !isForUs)) return { executablePath: own, env };
  const folder = unpacked();
  const executablePath = join(folder, 'chromium');
  if (execFileSync('ldd', [executablePath], { encoding: 'utf8' }).includes('not found')) {
    env.LD_LIBRARY_PATH = join(folder, 'al2023', 'lib');
  }
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = join(folder, 'fonts');
  return { executablePath, env };
}

/**
 * Unpacks the package once for this account and version, whole or not at all: it would itself put its files into the
 * folder for temporary files that all accounts share, and would take one that is half written for the real one.
 */
function unpacked(): string {
  const manifest = join(createRequire(import.meta.url).resolve('@sparticuz/chromium'), '../../../package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `vouch-chromium-${version}-${userInfo().uid}`);
  if (existsSync(folder)) return folder;
  const draft = mkdtempSync(`${folder}.`);
  // its libraries come out only where it believes that it runs in a bare system
  const env = { ...process.env, TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  const unpack = `import chromium from ${JSON.stringify(import.meta.resolve('@sparticuz/chromium'))}; await chromium.executablePath()`;
  execFileSync(process.execPath, ['--input-type=module', '-e', unpack], { env, stdio: 'inherit' });
  try {
    renameSync(draft, folder);
  } catch {
    // another test was quicker
    rmSync(draft, { recursive: true });
  }
  return folder;
}
