import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { readLines } from './formats/lines.ts';

/** A list in a file of its own, so that memory does not grow with it; only this user reads it. */
export interface Spool<T> {
  add(items: readonly T[]): Promise<void>;
  /** All items in batches, after the last `add`. */
  batches(size: number): AsyncGenerator<T[]>;
  /** Deletes the file. */
  close(): Promise<void>;
}

/** Opens an empty list; `parse` is the reverse of `JSON.stringify` for its items. */
export async function openSpool<T>(parse: (text: string) => T): Promise<Spool<T>> {
  const folder = await mkdtemp(join(tmpdir(), 'vouch-import-'));
  const path = join(folder, 'list.ndjson');
  const file = createWriteStream(path, { mode: 0o600 });
  let failure: Error | undefined;
  file.on('error', (error) => {
    failure = error;
  });
  return {
    add: async (items) => {
      if (failure) throw failure;
      if (items.length === 0) return;
      if (!file.write(items.map((item) => `${JSON.stringify(item)}\n`).join(''))) await once(file, 'drain');
    },
    batches: async function* (size) {
      file.end();
      await finished(file);
      let batch: T[] = [];
      for await (const { text } of readLines(createReadStream(path))) {
        batch.push(parse(text));
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
    close: async () => {
      // what is still being written has to end before, or its error would have no one to catch it
      file.end();
      await finished(file).catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}
