import type { OutgoingMessage } from '../deliveries/delivery.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { codeFor } from './code.ts';
import { messageText } from './message.ts';

/** The dependencies of composing a message. */
export interface ComposeNeeds {
  readonly keys: SecretKeys;
  /** The host to which the last line of the message binds the code. */
  readonly host: string;
}

/**
 * Composes a message from its challenge at the moment of sending; undefined if the key of the challenge has been
 * withdrawn.
 */
export function composeMessage(
  { keys, host }: ComposeNeeds,
  { challengeId, keyId, codeLength, phoneNumber, language }: OutgoingMessage,
): { readonly code: string; readonly text: string } | undefined {
  const code = codeFor(keys, { id: challengeId, key_id: keyId, code_length: codeLength }, phoneNumber);
  return code === undefined ? undefined : { code, text: messageText(language, code, host) };
}
