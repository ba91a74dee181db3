import type { RecordedEvent } from '../audit/event.ts';
import { clientArguments } from '../audit/store.ts';
import { type BlockKind, blockArguments } from '../blocks/block.ts';
import { type Database, Json } from '../db/database.ts';
import type { Attempt, NewDelivery } from '../deliveries/delivery.ts';
import type { Client } from '../http/client.ts';
import { countryOf, maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { firstOf, onlyRow } from '../kit/present.ts';
import type { DailyCounter } from '../limits/daily.ts';
import type { Bucket } from '../limits/rate-limit.ts';
import { bucketArguments } from '../limits/store.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import type { DeviceTrust, SendWaits } from './challenge.ts';
import type { Asker } from './challenge-token.ts';
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
  /** Whether the attempt of the message has begun. */
  readonly has_begun: boolean | null;
  /** The id of the recorded message. */
  readonly delivery_id: string | null;
  /**
   * The providers tried for this challenge, and for used ones whose expiry it inherited, oldest first, separated by
   * commas.
   */
  readonly tried: string | null;
};

/**
 * Opens a challenge for an asker, or finds the open one, and counts the message against the limits of the asker, the
 * number and the client network; see `vouch.request_code`. Records the message, or its refusal. A test number has a rate
 * limit of its own, and no other.
 */
export async function openChallenge(
  db: Database,
  input: {
    device: readonly DeviceToken[];
    asker: Asker;
    challengeId: string;
    /** The ids of the keys, the current one first. */
    keyIds: readonly string[];
    codeLength: number;
    /** The rate limits of the message: those of the client's networks, narrowest first, or of a test number. */
    buckets: readonly Bucket[];
    /** The counters of the day for the message; none if nothing is sent. */
    daily: readonly DailyCounter[];
    isTestNumber: boolean;
    sprayLimit: number;
    delivery: NewDelivery;
    /** The attempt that begins with the record, if this process has room for it. */
    attempt: Attempt | undefined;
  },
): Promise<OpenedChallenge> {
  const { asker, attempt } = input;
  const { phoneNumber, id, country, prefix, language, channel, provider, clientNetwork, dropped } = input.delivery;
  const rows = await db.call<OpenedChallenge>('request_code', {
    phone_number: phoneNumber,
    devices: input.device.map(({ secretHash }) => secretHash),
    asker: firstOf(asker.hashes),
    is_of_network: asker.isOfNetwork,
    challenge_id: input.challengeId,
    key_ids: input.keyIds,
    code_length: input.codeLength,
    attempt: attempt && attemptArgument(attempt),
    ...bucketArguments(input.buckets),
    daily: new Json(input.daily),
    ...blockArguments(asker.clientIp, phoneNumber, country),
    is_test: input.isTestNumber,
    spray_limit: input.sprayLimit,
    delivery: new Json({ id, country, prefix, language, channel, provider, clientNetwork, dropped }),
  });
  return onlyRow(rows);
}

/** A bigint is not JSON. */
function attemptArgument(attempt: Attempt): Json {
  return new Json({ ...attempt, price: attempt.price?.toString() });
}

/**
 * The result of counting a guess: the challenge to check it by, or none, and the wait until the client network may guess
 * again.
 */
export type GuessRow = Partial<CodedChallenge> & {
  readonly id: string | null;
  readonly device_trust: DeviceTrust;
  readonly asker: Buffer;
  readonly guesses_left: number;
  readonly limit_wait: number | null;
  readonly limit_name: string | null;
  /** The kind of the block that refuses the request, if one does. */
  readonly blocked_by: BlockKind | null;
};

/** A guess: the number, the devices and the asker of its request, and the rate limits of its client networks. */
export interface Guess {
  readonly phoneNumber: PhoneNumber;
  readonly device: readonly DeviceToken[];
  readonly asker: Asker;
  readonly isTestNumber: boolean;
  readonly buckets: readonly Bucket[];
  readonly sprayLimit: number;
}

/**
 * Counts a guess at the open challenge of an asker; see `vouch.count_guess`. It commits before the code is checked, so
 * that concurrent guesses cannot exceed the limits of the challenge.
 */
export async function countGuess(db: Database, guess: Guess): Promise<GuessRow> {
  const rows = await db.call<GuessRow>('verify_code', {
    phone_number: guess.phoneNumber,
    devices: guess.device.map(({ secretHash }) => secretHash),
    askers: guess.asker.hashes,
    is_of_network: guess.asker.isOfNetwork,
    is_test: guess.isTestNumber,
    ...blockArguments(guess.asker.clientIp, guess.phoneNumber, countryOf(guess.phoneNumber).region),
    ...bucketArguments(guess.buckets),
    spray_limit: guess.sprayLimit,
  });
  return onlyRow(rows);
}

/** Counts and records a guess that was compared and wrong; see `vouch.reject_code`. */
export async function rejectCode(
  db: Database,
  { phoneNumber, isTestNumber, buckets }: Guess,
  deviceTrust: DeviceTrust,
  client: Client,
): Promise<RecordedEvent[]> {
  const rows = await db.call<{ events: RecordedEvent[] }>('reject_code', {
    phone_number: phoneNumber,
    device_trust: deviceTrust,
    is_test: isTestNumber,
    number: maskPhoneNumber(phoneNumber),
    ...clientArguments(client),
    ...bucketArguments(buckets),
  });
  return onlyRow(rows).events;
}
