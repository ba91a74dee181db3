import { type Database, Json } from '../db/database.ts';
import type { NewDelivery } from '../deliveries/delivery.ts';
import { onlyRow } from '../kit/present.ts';
import type { DailyCounter } from '../limits/daily.ts';
import type { Bucket } from '../limits/rate-limit.ts';
import { bucketArguments } from '../limits/store.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import type { DeviceTrust, SendWaits } from './challenge.ts';
import type { CodedChallenge } from './code.ts';

/**
 * The result of requesting a code: the challenge whose code is to be sent, or only the waits if nothing may be sent.
 */
export type OpenedChallenge = SendWaits & {
  readonly id: string | null;
  readonly key_id: string;
  readonly code_length: number;
  readonly expires_in: number;
  readonly resend_in: number;
  /** Whether the code is new; an earlier code, if there was one, no longer works. */
  readonly is_new: boolean;
  readonly now: Date;
  /**
   * The providers tried for this challenge, and for used ones whose expiry it inherited, oldest first, separated by
   * commas.
   */
  readonly tried: string | null;
};

/**
 * Opens a challenge for a number, or finds the open one, and counts the message against the limits of the number and
 * the client address; see `vouch.request_code`. Records the message, or its refusal. A test number has a rate limit of
 * its own, and no other.
 */
export async function openChallenge(
  db: Database,
  input: {
    phoneNumber: string;
    device: readonly DeviceToken[];
    challengeId: string;
    /** The ids of the keys, the current one first. */
    keyIds: readonly string[];
    codeLength: number;
    /** The rate limits of the message: those of the client's networks, narrowest first, or of a test number. */
    buckets: readonly Bucket[];
    /** The counters of the day for the message; none if nothing is sent. */
    daily: readonly DailyCounter[];
    isTestNumber: boolean;
    delivery: NewDelivery;
  },
): Promise<OpenedChallenge> {
  const { delivery } = input;
  const rows = await db.call<OpenedChallenge>('request_code', {
    phone_number: input.phoneNumber,
    devices: input.device.map(({ secretHash }) => secretHash),
    challenge_id: input.challengeId,
    key_ids: input.keyIds,
    code_length: input.codeLength,
    ...bucketArguments(input.buckets),
    daily: new Json(input.daily),
    is_test: input.isTestNumber,
    delivery_id: delivery.id,
    country: delivery.country,
    prefix: delivery.prefix,
    language: delivery.language,
    channel: delivery.channel,
    provider: delivery.provider,
    client_network: delivery.clientNetwork,
    dropped: delivery.dropped,
  });
  return onlyRow(rows);
}

/**
 * The result of counting a guess: the challenge to check it by, or none, and the wait until the number accepts guesses
 * again.
 */
export type GuessRow = Partial<CodedChallenge> & {
  readonly id: string | null;
  readonly device_trust: DeviceTrust;
  readonly guesses: number;
  readonly day_wait: number | null;
};

/**
 * Counts a guess at the open challenge of a number; see `vouch.count_guess`. It commits before the code is checked, so
 * that concurrent guesses cannot exceed the limits of the challenge and the number.
 */
export async function countGuess(db: Database, phoneNumber: string, device: readonly DeviceToken[]): Promise<GuessRow> {
  const devices = device.map(({ secretHash }) => secretHash);
  return onlyRow(await db.call<GuessRow>('verify_code', { phone_number: phoneNumber, devices }));
}
