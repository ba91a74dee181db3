import { lstatSync, readFileSync } from 'node:fs';
import { errorCode, toError } from '../kit/caught.ts';
import { parseConfig } from './config.ts';
import { type EnvFile, parseEnvFile } from './env-file.ts';
import { isKnownName, unknownInFile } from './names.ts';

/**
 * Loads the configuration from `.env` in the working directory and from the environment, which wins. Every start,
 * reload and command loads it here, so all refuse the same values.
 */
export function loadConfig(): ReturnType<typeof parseConfig> {
  const file = envFile('.env');
  if (file instanceof Error) return { ok: false, problems: [`.env cannot be read: ${file.message}`] };
  const problems = [...file.problems];
  for (const { name, value, line } of file.entries) {
    const problem = value === '' ? undefined : unknownInFile(name);
    if (problem) problems.push(`.env, line ${line}: ${problem}`);
  }
  const entries = file.entries.filter(({ name }) => isKnownName(name)).map(({ name, value }) => [name, value]);
  const read = parseConfig({ ...Object.fromEntries(entries), ...nonEmpty(process.env) }, readFileSync);
  if (problems.length === 0) return read;
  // without the file, missing variables cannot be reported
  return { ok: false, problems: read.ok || file.entries.length === 0 ? problems : [...problems, ...read.problems] };
}

function envFile(path: string): EnvFile | Error {
  try {
    return parseEnvFile(readFileSync(path), isKnownName);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return toError(error);
    const isLink = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    return isLink ? new Error('it is a link to a file that is not there') : { entries: [], problems: [] };
  }
}

/** A variable with an empty text counts as unset, so that it does not hide the value of the file. */
function nonEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, text]) => text));
}
