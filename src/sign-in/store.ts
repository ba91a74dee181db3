import type { RecordedEvent } from '../audit/event.ts';
import { clientArguments } from '../audit/store.ts';
import { type BlockKind, blockArguments } from '../blocks/block.ts';
import { type Database, Json } from '../db/database.ts';
import type { Attempt, NewDelivery } from '../deliveries/delivery.ts';
import type { FinishedDelivery } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { countryOf, maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { firstOf, onlyRow } from '../kit/present.ts';
import type { DailyCounter } from '../limits/daily.ts';
import type { Bucket } from '../limits/rate-limit.ts';
import { bucketArguments } from '../limits/store.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import type { DeviceTrust, SendWaits } from './challenge.ts';
import type { Asker } from './challenge-token.ts';

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

/** A challenge to open, with its message. */
export interface NewChallenge {
  readonly device: readonly DeviceToken[];
  readonly asker: Asker;
  readonly challengeId: string;
  /** The ids of the keys, the current one first. */
  readonly keyIds: readonly string[];
  readonly codeLength: number;
  /** The proofs of the new code in its usual and in the greatest length. */
  readonly proofs: readonly Buffer[];
  /** The rate limits of the message: those of the client's networks, narrowest first, or of a test number. */
  readonly buckets: readonly Bucket[];
  /** The counters of the day for the message; none if nothing is sent. */
  readonly daily: readonly DailyCounter[];
  readonly isTestNumber: boolean;
  readonly sprayLimit: number;
  readonly delivery: NewDelivery;
  /** The attempt that begins with the record, if this process has room for it. */
  readonly attempt: Attempt | undefined;
}

/**
 * Opens a challenge for an asker, or finds the open one, and counts the message against the limits of the asker, the
 * number and the client network; see `vouch.request_code`. Records the message, or its refusal. A test number has a rate
 * limit of its own, and no other.
 */
export async function openChallenge(db: Database, input: NewChallenge): Promise<OpenedChallenge> {
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
    proofs: input.proofs,
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

/** A guess: the number, the client with its devices, the asker, the proofs, and the rate limits of its client networks. */
export interface Guess {
  readonly phoneNumber: PhoneNumber;
  readonly client: Client;
  readonly device: readonly DeviceToken[];
  readonly asker: Asker;
  /** The proofs of the codes that the guess can be read as. */
  readonly proofs: readonly Buffer[];
  readonly isTestNumber: boolean;
  readonly buckets: readonly Bucket[];
  readonly sprayLimit: number;
}

/** The judgement of a guess; see `vouch.use_code`. */
export interface GuessRow {
  readonly is_right: boolean | null;
  /** That of the challenge by which the guess was judged; null if it was not. */
  readonly device_trust: DeviceTrust | null;
  readonly guesses_left: number;
  /** The wait until the client network may guess again. */
  readonly limit_wait: number | null;
  readonly limit_name: string | null;
  /** The kind of the block that refuses the request, if one does. */
  readonly blocked_by: BlockKind | null;
  /** The messages that a right guess finished. */
  readonly finished: readonly FinishedDelivery[] | null;
}

/**
 * The arguments by which a function judges a guess, and uses the code up if it is right. `device` is a new token for a
 * client that has none yet, where the function trusts one.
 */
export function guessArguments(guess: Guess, device?: DeviceToken) {
  const { phoneNumber, asker, client } = guess;
  const { block_keys } = blockArguments(asker.clientIp, phoneNumber, countryOf(phoneNumber).region);
  return {
    phone_number: phoneNumber,
    devices: [device ?? [], guess.device].flat().map(({ secretHash }) => secretHash),
    askers: asker.hashes,
    proofs: guess.proofs,
    is_of_network: asker.isOfNetwork,
    is_test: guess.isTestNumber,
    ...bucketArguments(guess.buckets),
    spray_limit: guess.sprayLimit,
    block_keys,
    ...clientArguments(client),
  };
}

/** Counts and records a guess that was wrong; see `vouch.reject_code`. */
export async function rejectCode(
  db: Database,
  { phoneNumber, isTestNumber, buckets, client }: Guess,
  deviceTrust: DeviceTrust,
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
