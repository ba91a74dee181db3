import { random } from '../kit/random.ts';
import { openForInstance, sealForInstance } from '../kit/seal.ts';
import type { SecretKeys } from '../kit/secret.ts';

/** A new secret of an endpoint, as Standard Webhooks has it. */
export function newWebhookSecret(): string {
  return `whsec_${random.bytes(32).toString('base64')}`;
}

const purpose = 'webhook secret';

/** Encrypts a secret by the current key of the instance, for one endpoint. */
export function sealSecret(keys: SecretKeys, endpoint: string, secret: string): Buffer {
  return sealForInstance(keys, purpose, endpoint, secret);
}

/** Decrypts a secret; undefined if its key is gone, or it is of another endpoint. */
export function openSecret(keys: SecretKeys, endpoint: string, sealed: Buffer): string | undefined {
  return openForInstance(keys, purpose, endpoint, sealed);
}
