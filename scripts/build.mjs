// `npm run build`: compiles into dist/, with what every installation has, also one for production.
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compilerPath, noCompiler } from './compiler.mjs';

const compiler = compilerPath();
if (compiler) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd, stdio: 'inherit' });
  process.exitCode = built.status ?? 1;
  copyFunctions(cwd);
} else {
  process.stderr.write(`${noCompiler}\n`);
  process.exitCode = 1;
}

/** The functions in SQL stand beside the modules that call them. */
function copyFunctions(root) {
  const filter = (path) => /(^|[\\/])[^.]*$|\.sql$/.test(path.slice(root.length));
  cpSync(`${root}src`, `${root}dist`, { recursive: true, filter });
}
