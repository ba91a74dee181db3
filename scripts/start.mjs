// Builds if need be, then runs the build in this very process, so that signals reach it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilerPath, copyFunctions, noCompiler } from './compiler.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist');
let compiler;
let isBuilding = false;
let isCancelled = false;

handleSignals();

await refuseOldNode();
if (await isOutdated()) {
  isBuilding = true;
  await build();
  isBuilding = false;
  if (isCancelled) process.exit(0);
}
await import(new URL('../dist/main.js', import.meta.url));

/**
 * The first process of a container gets only signals that it takes. The product takes its own before it can wait. A
 * build ends by itself once its compiler is killed, because a second signal may come while it removes what it made.
 */
function handleSignals() {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2']) {
    process.on(signal, () => {
      const isReload = signal === 'SIGHUP' && !process.stdin.isTTY && !process.stdout.isTTY;
      if (isReload || process.listenerCount(signal) > 1) return;
      isCancelled = true;
      if (compiler) killCompiler();
      if (!isBuilding) process.exit(0);
    });
  }
}

/** The compiler may be a process with a child, hence it has a group of its own. */
function killCompiler() {
  try {
    process.kill(-compiler.pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

async function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    end(`Node.js 20.19 or newer is needed, and this is ${process.version}`);
}

/** True where a source is newer than the build; false where there are no sources. Folders tell of removed files. */
async function isOutdated() {
  const sources = await readdir(join(root, 'src'), { recursive: true }).catch(() => []);
  const files = ['src', 'tsconfig.json', 'tsconfig.build.json', ...sources.map((name) => join('src', name))];
  const times = await Promise.all(files.map((name) => changed(join(root, name))));
  return sources.length > 0 && Math.max(...times) > (await changed(join(built, 'main.js')));
}

async function changed(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

/** Into a folder of its own that takes the place of `dist` when it is whole: two may start at once, or be killed. */
async function build() {
  const program = compilerPath();
  if (!program) {
    if ((await changed(join(built, 'main.js'))) > 0) return;
    end(noCompiler);
  }
  process.stderr.write('building\n');
  const begun = new Date();
  await removeLeftovers(begun);
  const fresh = await mkdtemp(join(root, 'dist.new.')).catch((fault) => end(`Cannot build here: ${fault.message}`));
  const code = await compile(program, ['-p', join(root, 'tsconfig.build.json'), '--outDir', fresh]);
  if (code !== 0) {
    await rm(fresh, { recursive: true, maxRetries: 5 });
    if (isCancelled) return;
    end('The build failed');
  }
  copyFunctions(root, fresh);
  // A source that was changed meanwhile has to count as newer.
  await utimes(join(fresh, 'main.js'), begun, begun);
  await chmod(fresh, 0o777 & ~process.umask());
  await takePlace(fresh);
}

async function removeLeftovers(now) {
  for (const name of await readdir(root)) {
    const isOld = name.startsWith('dist.new.') && now.getTime() - (await changed(join(root, name))) > 60_000;
    if (isOld) await rm(join(root, name), { recursive: true, force: true });
  }
}

async function compile(script, options) {
  if (isCancelled) return 'cancelled';
  compiler = spawn(process.execPath, [script, ...options], { cwd: root, stdio: 'inherit', detached: true });
  const [code] = await once(compiler, 'close');
  compiler = undefined;
  return isCancelled ? 'cancelled' : code;
}

async function takePlace(fresh) {
  if (await isOutdated()) {
    const old = `${fresh}.old`;
    await rename(built, old).catch(() => {});
    await rename(fresh, built).catch(() => {});
    await rm(old, { recursive: true, force: true });
  }
  await rm(fresh, { recursive: true, force: true });
}

function end(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
