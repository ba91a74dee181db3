import { createCipheriv, createDecipheriv } from 'node:crypto';
import { random } from './random.ts';
import { derive, type SecretKeys } from './secret.ts';

const ivBytes = 12;
const tagBytes = 16;
const keyIdBytes = 8;

/** Encrypts a text (AES-256-GCM) by a key of 256 bits. It opens in the same context alone, such as the id of its row. */
export function seal(key: Uint8Array, text: string, context = ''): Buffer {
  const iv = random.bytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** Decrypts such a text; throws if it is of another key or context. */
export function open(key: Uint8Array, sealed: Uint8Array, context = ''): string {
  const [iv, rest] = [sealed.subarray(0, ivBytes), sealed.subarray(ivBytes)];
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  decipher.setAuthTag(rest.subarray(0, tagBytes));
  return decipher.update(rest.subarray(tagBytes), undefined, 'utf8') + decipher.final('utf8');
}

/** Encrypts a text by the current key of the instance. The id of the key comes first. */
export function sealForInstance({ current }: SecretKeys, purpose: string, context: string, text: string): Buffer {
  return Buffer.concat([Buffer.from(current.id), seal(derive(current.key, purpose), text, context)]);
}

/** Decrypts such a text; undefined if its key is gone, or it is of another purpose or context. */
export function openForInstance(
  keys: SecretKeys,
  purpose: string,
  context: string,
  sealed: Uint8Array,
): string | undefined {
  const key = keys.byId(keyIdOf(sealed));
  if (!key) return undefined;
  try {
    return open(derive(key, purpose), sealed.subarray(keyIdBytes), context);
  } catch {
    return undefined;
  }
}

/** Whether such a text is encrypted by the current key. */
export function isCurrent({ current }: SecretKeys, sealed: Uint8Array): boolean {
  return keyIdOf(sealed) === current.id;
}

function keyIdOf(sealed: Uint8Array): string {
  return Buffer.from(sealed.subarray(0, keyIdBytes)).toString();
}
