import type { Database } from '../db/database.ts';
import type { Deliveries } from '../deliveries/deliveries.ts';
import type { OutgoingMessage, Reservation } from '../deliveries/delivery.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { codeLifeSeconds } from './challenge.ts';
import { type NewChallenge, type OpenedChallenge, openChallenge } from './store.ts';

type OpenInput = Omit<NewChallenge, 'attempt'> & Pick<OutgoingMessage, 'chosen'>;

/**
 * Opens a challenge. If the provider has room, the attempt of a new code begins with the record of its message, which
 * saves a transaction. Only then the room stays taken, and the caller sends the message with the reservation `begun`.
 */
export async function openWithAttempt(
  { db, keys, deliveries }: { db: Database; keys: SecretKeys; deliveries: Deliveries },
  input: OpenInput,
): Promise<OpenedChallenge & { readonly begun: Reservation | undefined }> {
  const reservation = input.delivery.dropped === undefined ? deliveries.reserve(messageOf(keys, input)) : undefined;
  let begun: Reservation | undefined;
  try {
    const row = await openChallenge(db, { ...input, attempt: reservation?.attempt });
    if (row.has_begun && row.delivery_id !== null && reservation)
      begun = { ...reservation, attempt: { ...reservation.attempt, id: row.delivery_id } };
    return { ...row, begun };
  } finally {
    if (!begun) reservation?.release(true);
  }
}

/** The message of a new code of the usual length. */
function messageOf(keys: SecretKeys, input: OpenInput) {
  const { id, phoneNumber, country, language } = input.delivery;
  return {
    id,
    attempt: 1,
    challengeId: input.challengeId,
    keyId: keys.current.id,
    codeLength: input.codeLength,
    phoneNumber,
    country,
    language,
    expiresIn: codeLifeSeconds,
    tried: [],
    chosen: input.chosen,
  };
}
