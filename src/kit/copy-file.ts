import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';

const chunkBytes = 1 << 20;

/** The size and the hash of a file's content. */
export interface FileContent {
  readonly size: number;
  readonly sha256: string;
}

/** Copies a file to a new one of mode 600, and returns size and hash of the copy. The source may grow meanwhile. */
export async function copyFile(source: string, target: string): Promise<FileContent> {
  const to = await open(target, 'wx', 0o600);
  try {
    return await readContent(source, (chunk) => to.writeFile(chunk));
  } finally {
    await to.close();
  }
}

/** Reads a file in chunks, and returns size and hash of its content. */
export async function readContent(source: string, take: (chunk: Buffer) => unknown = () => {}): Promise<FileContent> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(chunkBytes);
  const from = await open(source);
  try {
    for (let size = 0; ; ) {
      const { bytesRead } = await from.read(buffer, 0, chunkBytes, size);
      if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await take(chunk);
      size += bytesRead;
    }
  } finally {
    await from.close();
  }
}

/** Writes a new file of mode 600. */
export async function writeNewFile(target: string, data: Buffer | string): Promise<FileContent> {
  await writeFile(target, data, { mode: 0o600, flag: 'wx', flush: true });
  return { size: Buffer.byteLength(data), sha256: createHash('sha256').update(data).digest('hex') };
}
