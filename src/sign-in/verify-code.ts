import { logEvents } from '../audit/event.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { countFinished } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { newInviteCodes } from '../invites/invite.ts';
import { countryOf, type PhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Bucket, networkBuckets, retryAfter } from '../limits/rate-limit.ts';
import { networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Credential, formatToken, hashSecret, newSecret } from '../sessions/session.ts';
import { type DeviceToken, newDeviceToken, parseDeviceTokens } from '../sessions/trusted-device.ts';
import { guessesTold, type VerifyRefusal } from './challenge.ts';
import { askerOf } from './challenge-token.ts';
import { proofsOfGuess } from './code.ts';
import { logUncheckedGuess } from './events.ts';
import { blockedRequest } from './refusal-by-block.ts';
import { type Guess, type GuessRow, rejectCode } from './store.ts';
import { type SignInNeeds, type SignInRow, signIn } from './use-code.ts';

/** The dependencies of verifying a code. */
export interface VerifyCodeNeeds extends SignInNeeds, CheckCodeNeeds {}

/** The dependencies of checking a code, whatever it opens. */
export interface CheckCodeNeeds extends AuditNeeds {
  readonly keys: SecretKeys;
  /** Test numbers with a code of their own, which no message delivers. */
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly metrics: Metrics;
  /** Wrong guesses of a day over all numbers, after which short codes of strangers are over. */
  readonly sprayLimit: number;
  /** Whether entering a code needs the token of its request. */
  readonly requireChallenge: boolean;
}

/** A successful sign-in. */
export interface SignedIn {
  readonly ok: true;
  /** The stable id of the account, a UUID. */
  readonly id: string;
  readonly token: string;
  readonly expiresAt: Date;
  /** Whether the account is new. */
  readonly created: boolean;
  /** Whether a new person redeemed their invite code. */
  readonly invited: boolean;
  /** The token that the device presents with its next request; see `newDeviceToken`. */
  readonly deviceToken: string;
}

/** A code as it was entered, with the client and the tokens that it brings along. */
export interface CodeInput {
  readonly phoneNumber: PhoneNumber;
  readonly code: string | number;
  readonly deviceToken: string | undefined;
  readonly challengeToken: string | undefined;
  readonly client: Client;
}

/** The same for a sign-in by the API or the pages. */
export interface EnteredCode extends CodeInput {
  readonly inviteCode: string | undefined;
  /** The time at which the link that left the code in a browser was opened: the code is valid for a week. */
  readonly inviteOpenedAt?: Date | undefined;
  /** The current session of the client, which ends when the new one opens. */
  readonly previous: Credential | undefined;
}

/**
 * Signs a person in by the code of their open challenge: see `checkCode`. The call that judges the code also opens the
 * session and redeems the invite code of a new person, if it can: a broken invite never prevents a sign-in.
 */
export async function verifyCode(needs: VerifyCodeNeeds, input: EnteredCode): Promise<SignedIn | VerifyRefusal> {
  const { inviteCode, inviteOpenedAt: openedAt, client, previous } = input;
  const secret = newSecret();
  const session = { id: random.id(), secretHash: hashSecret(secret) };
  const device = newDeviceToken();
  const fresh = () => ({ accountId: random.orderedId(), inviteCodes: newInviteCodes(), device, session });
  const invite = inviteCode === undefined ? undefined : { code: inviteCode, openedAt, clientIp: client.ip };
  return checkCode(
    needs,
    input,
    (guess) => signIn(needs, guess, fresh, invite, previous),
    (row, guess): SignedIn | VerifyRefusal => {
      if (row.is_blocked) return { ok: false, code: 'account_blocked' };
      needs.metrics.signedIn(row.created ? 'new' : 'existing', guess.isTestNumber);
      const deviceToken = deviceOfHash([device, ...guess.device], row.device_hash);
      return { ok: true, ...toSignedIn(row), token: formatToken(row.account_id, secret), deviceToken };
    },
  );
}

function toSignedIn({ account_id: id, expires_at: expiresAt, created, invited }: SignInRow) {
  return { id, expiresAt, created, invited };
}

/** The token of a device that has signed in, by the hash that is trusted from now on. */
export function deviceOfHash(devices: readonly DeviceToken[], hash: Buffer): string {
  return present(
    devices.find(({ secretHash }) => secretHash.equals(hash)),
    'the device of the sign-in',
  ).token;
}

/**
 * Checks the code of an open challenge. `use` calls the function that judges the guess and, if it is right, uses the code
 * up and does what the code is for, in one transaction. `open` tells what that was.
 */
export async function checkCode<Row extends GuessRow, Opened>(
  needs: CheckCodeNeeds,
  input: CodeInput,
  use: (guess: Guess) => Promise<Row>,
  open: (row: Row, guess: Guess) => Opened,
): Promise<Opened | VerifyRefusal> {
  const guess = guessOf(needs, input);
  const row = await use(guess);
  if (row.is_right) {
    countFinished(needs.metrics, row.finished ?? []);
    return open(row, guess);
  }
  const { phoneNumber, client } = guess;
  if (row.device_trust === null) {
    logUncheckedGuess(needs, phoneNumber, client);
    return blockedRequest(row.blocked_by, countryOf(phoneNumber).region) ?? refusalFor(row, guess.buckets);
  }
  logEvents(needs.log, await rejectCode(needs.db, guess, row.device_trust), client);
  return { ok: false, code: 'wrong_code', guessesLeft: guessesTold(row.guesses_left) };
}

function guessOf(needs: CheckCodeNeeds, input: CodeInput): Guess {
  const { phoneNumber, client } = input;
  const isTestNumber = needs.testNumbers.has(phoneNumber);
  return {
    phoneNumber,
    client,
    device: parseDeviceTokens(input.deviceToken),
    asker: askerOf(needs.keys, { ...input, clientIp: client.ip }, needs.requireChallenge),
    proofs: proofsOfGuess(needs, phoneNumber, input.code),
    isTestNumber,
    buckets: isTestNumber
      ? [{ key: `test_guess:${phoneNumber}`, limit: testNumberGuesses }]
      : networkBuckets('guess', client.ip, networkGuesses),
    sprayLimit: needs.sprayLimit,
  };
}

function refusalFor({ limit_wait: wait, limit_name: name }: GuessRow, buckets: readonly Bucket[]): VerifyRefusal {
  if (wait === null || wait <= 0) return { ok: false, code: 'wrong_code', guessesLeft: undefined };
  const limit = buckets.find((bucket) => bucket.limit.name === name)?.limit ?? networkGuesses;
  return { ok: false, code: 'too_many_guesses', retryInSeconds: retryAfter(wait), limit };
}
