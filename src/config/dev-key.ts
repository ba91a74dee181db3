import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../db/startup-error.ts';
import { storageError } from '../db/storage-error.ts';
import { errorCode } from '../kit/caught.ts';
import { random } from '../kit/random.ts';
import { type SecretKeys, secretKeys } from '../kit/secret.ts';
import type { Config } from './config.ts';

/** The file of the key that a development server generates, readable by its owner only. */
export function devKeyFile(dataDir: string): string {
  return join(dataDir, 'secret-key');
}

/**
 * The key in `DATA_DIR/secret-key`, generated at the first start. Two concurrent starts agree on one: the file is
 * created whole or not at all. Throws `StartupError` if it holds no key, or cannot be read or created.
 */
export function devKey(dataDir: string): string {
  const file = devKeyFile(dataDir);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!lstatSync(file, { throwIfNoEntry: false })) createKey(file);
    const key = readFileSync(file, 'utf8').trim();
    // neither the text of another file nor a corrupted one: a key is one word of printable ASCII
    if (!/^[!-~]{32,}$/.test(key)) throw new StartupError(`${file} holds no key: ${fix}`);
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return key;
  } catch (error) {
    throw storageError(error, file);
  }
}

/** The keys of an instance: those of `SECRET_KEYS`, or the one in `DATA_DIR`. */
export function instanceKeys({ secretKeys: texts, dataDir }: Pick<Config, 'secretKeys' | 'dataDir'>): SecretKeys {
  return secretKeys(texts ?? [devKey(dataDir)]);
}

const fix =
  'put the key of a backup there, or remove it and a new one is made, after which open codes and known devices count no more';

function createKey(file: string): void {
  const temporary = `${file}.${random.id()}`;
  try {
    writeFileSync(temporary, random.bytes(32).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
    moveIntoPlace(temporary, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Not every file system has hard links. */
function moveIntoPlace(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(errorCode(error))) throw error;
    copyFileSync(temporary, file, constants.COPYFILE_EXCL);
  }
}
