import type { OutgoingMessage } from '../deliveries/delivery.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { codeMessage } from '../sms/code-message.ts';
import { codeFor } from './code.ts';

/** The dependencies of composing a message. */
export interface ComposeNeeds {
  readonly keys: SecretKeys;
  /** The host to which the last line of the message binds the code. */
  readonly host: string;
  /** The name of the operator, if it has one of its own. */
  readonly brand?: string | undefined;
  /** The hash of the operator's Android app. */
  readonly appHash?: string | undefined;
}

/**
 * Composes a message from its challenge at the moment of sending; undefined if the key of the challenge has been
 * withdrawn.
 */
export function composeMessage(
  { keys, ...message }: ComposeNeeds,
  { challengeId, keyId, codeLength, phoneNumber, language }: OutgoingMessage,
): { readonly code: string; readonly text: string } | undefined {
  const code = codeFor(keys, { id: challengeId, key_id: keyId, code_length: codeLength }, phoneNumber);
  return code === undefined ? undefined : { code, text: codeMessage({ ...message, language, code }) };
}
