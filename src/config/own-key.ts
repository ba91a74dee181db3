import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { random } from '../kit/random.ts';

/**
 * The key that a development server makes for itself on its first start and keeps in `DATA_DIR/secret-key`, for its
 * owner's eyes only. Two starts at once agree on one: the file is made whole or not at all.
 */
export function ownKey(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'secret-key');
  if (!existsSync(file)) {
    const draft = join(dataDir, `secret-key.${random.id()}`);
    writeFileSync(draft, random.bytes(32).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
    try {
      linkSync(draft, file);
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
    } finally {
      unlinkSync(draft);
    }
  }
  const key = readFileSync(file, 'utf8').trim();
  if (key.length < 32) throw new Error(`${file} holds no key: remove it, and a new one is made`);
  return key;
}
