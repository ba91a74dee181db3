import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readConfig } from './config.ts';

/** The configuration that `.env` in the working directory and the environment give now; the environment wins. */
export function loadConfig(): ReturnType<typeof readConfig> {
  const file = fromFile('.env');
  if (file instanceof Error) return { ok: false, problems: [`.env cannot be read: ${file.message}`] };
  return readConfig({ ...file, ...given(process.env) }, (path) => readFileSync(path, 'utf8'));
}

function fromFile(path: string): NodeJS.Dict<string> | Error {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return {};
    return fault as Error;
  }
}

/** A variable without a text counts as not given, so that it takes nothing from the file. */
function given(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, text]) => text));
}
