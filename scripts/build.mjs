// `npm run build`: compiles into dist/, with what every installation has, also one for production.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilerPath, copyFunctions, noCompiler } from './compiler.mjs';

const compiler = compilerPath();
if (compiler) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd, stdio: 'inherit' });
  process.exitCode = built.status ?? 1;
  copyFunctions(cwd, join(cwd, 'dist'));
} else {
  process.stderr.write(`${noCompiler}\n`);
  process.exitCode = 1;
}
