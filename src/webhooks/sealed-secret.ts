import { createCipheriv, createDecipheriv } from 'node:crypto';
import { random } from '../kit/random.ts';
import { derive, type SecretKeys } from '../kit/secret.ts';

/** A new secret of an endpoint, as Standard Webhooks has it. */
export function newWebhookSecret(): string {
  return `whsec_${random.bytes(32).toString('base64')}`;
}

const idBytes = 8;
const ivBytes = 12;
const tagBytes = 16;
const purpose = 'webhook secret';

/** Encrypts a secret (AES-256-GCM) by the current key of the instance, for one endpoint. The id of the key comes first. */
export function sealSecret({ current }: SecretKeys, endpoint: string, secret: string): Buffer {
  const iv = random.bytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', derive(current.key, purpose), iv).setAAD(Buffer.from(endpoint));
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from(current.id), iv, cipher.getAuthTag(), text]);
}

/** Decrypts a secret; undefined if its key is gone, or it is of another endpoint. */
export function openSecret(keys: SecretKeys, endpoint: string, sealed: Buffer): string | undefined {
  const key = keys.byId(keyIdOf(sealed));
  if (!key) return undefined;
  const iv = sealed.subarray(idBytes, idBytes + ivBytes);
  const tag = sealed.subarray(idBytes + ivBytes, idBytes + ivBytes + tagBytes);
  try {
    const decipher = createDecipheriv('aes-256-gcm', derive(key, purpose), iv);
    decipher.setAAD(Buffer.from(endpoint)).setAuthTag(tag);
    return decipher.update(sealed.subarray(idBytes + ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

/** Whether a secret is encrypted by the current key. */
export function isCurrent({ current }: SecretKeys, sealed: Buffer): boolean {
  return keyIdOf(sealed) === current.id;
}

function keyIdOf(sealed: Buffer): string {
  return sealed.subarray(0, idBytes).toString();
}
