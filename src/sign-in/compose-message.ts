import type { Ordered } from '../deliveries/delivery.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { codeFor } from './code.ts';
import { messageText } from './message.ts';

/** What a message is made of. */
export interface ComposeNeeds {
  readonly keys: SecretKeys;
  /** The host that the code is bound to, in the last line of the message. */
  readonly host: string;
}

/** Makes a message from its challenge, at the moment of sending; undefined where that one's key has been withdrawn. */
export function composeMessage(
  { keys, host }: ComposeNeeds,
  { challengeId, keyId, codeLength, phoneNumber, language }: Ordered,
): { readonly code: string; readonly text: string } | undefined {
  const code = codeFor(keys, { id: challengeId, key_id: keyId, code_length: codeLength }, phoneNumber);
  return code === undefined ? undefined : { code, text: messageText(language, code, host) };
}
