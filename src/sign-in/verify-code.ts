import { logEvents } from '../audit/event.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { countFinished } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { newInviteCodes } from '../invites/invite.ts';
import { countryOf, type PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Bucket, networkBuckets, retryAfter } from '../limits/rate-limit.ts';
import { networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Credential, formatToken, hashSecret, newSecret } from '../sessions/session.ts';
import { newDeviceToken, parseDeviceTokens } from '../sessions/trusted-device.ts';
import { guessesTold, parseCode, type VerifyRefusal } from './challenge.ts';
import { askerOf } from './challenge-token.ts';
import { codeFor, isCode } from './code.ts';
import { logUncheckedGuess } from './events.ts';
import { blockedRequest } from './refusal-by-block.ts';
import { countGuess, type Guess, type GuessRow, rejectCode } from './store.ts';
import { type SignInNeeds, signIn, type UsedChallenge } from './use-code.ts';

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
 * Signs a person in by the code of their open challenge: see `checkCode`. The statement that opens the session also uses
 * up the code and redeems the invite code of a new person, if it can: a broken invite never prevents a sign-in.
 */
export function verifyCode(needs: VerifyCodeNeeds, input: EnteredCode): Promise<SignedIn | VerifyRefusal> {
  return checkCode(needs, input, (challenge) => openFor(needs, input, challenge));
}

/**
 * Checks the code of an open challenge. The guess is counted and committed before it is compared. `open` uses a right code
 * up; it resolves with undefined if the code was used or has ended meanwhile.
 */
export async function checkCode<Opened>(
  needs: CheckCodeNeeds,
  input: CodeInput,
  open: (challenge: UsedChallenge) => Promise<Opened | undefined>,
): Promise<Opened | VerifyRefusal> {
  const { phoneNumber, client } = input;
  const isTestNumber = needs.testNumbers.has(phoneNumber);
  const guess: Guess = {
    phoneNumber,
    device: parseDeviceTokens(input.deviceToken),
    asker: askerOf(needs.keys, { ...input, clientIp: client.ip }, needs.requireChallenge),
    isTestNumber,
    buckets: isTestNumber
      ? [{ key: `test_guess:${phoneNumber}`, limit: testNumberGuesses }]
      : networkBuckets('guess', client.ip, networkGuesses),
    sprayLimit: needs.sprayLimit,
  };
  const counted = await countGuess(needs.db, guess);
  const challenge = challengeOf(counted);
  if (challenge === undefined) {
    logUncheckedGuess(needs, phoneNumber, client);
    return blockedRequest(counted.blocked_by, countryOf(phoneNumber).region) ?? refusalFor(counted, guess.buckets);
  }
  const guessed = parseCode(input.code, challenge.code_length);
  const code = needs.testNumbers.get(phoneNumber) ?? codeFor(needs.keys, challenge, phoneNumber);
  const signedIn = isCode(guessed ?? '', code)
    ? await open({
        id: challenge.id,
        deviceTrust: counted.device_trust,
        asker: counted.asker,
        isOfNetwork: guess.asker.isOfNetwork,
        isTestNumber,
        phoneNumber,
        device: guess.device,
      })
    : undefined;
  if (signedIn) return signedIn;
  logEvents(needs.log, await rejectCode(needs.db, guess, counted.device_trust, client), client);
  return { ok: false, code: 'wrong_code', guessesLeft: guessesTold(counted.guesses_left) };
}

/** Opens the session, unless the account is blocked; undefined if the code was used or has ended meanwhile. */
async function openFor(
  needs: VerifyCodeNeeds,
  { inviteCode, inviteOpenedAt: openedAt, client, previous }: EnteredCode,
  challenge: UsedChallenge,
): Promise<SignedIn | Extract<VerifyRefusal, { code: 'account_blocked' }> | undefined> {
  const secret = newSecret();
  const deviceToken = newDeviceToken();
  const result = await signIn(
    needs,
    challenge,
    () => ({
      accountId: random.orderedId(),
      inviteCodes: newInviteCodes(),
      device: deviceToken,
      session: { id: random.id(), secretHash: hashSecret(secret) },
    }),
    inviteCode === undefined ? undefined : { code: inviteCode, openedAt, clientIp: client.ip },
    client,
    previous,
  );
  if (result === undefined) return undefined;
  countFinished(needs.metrics, result.finished ?? []);
  if (result.is_blocked) return { ok: false, code: 'account_blocked' };
  needs.metrics.signedIn(result.created ? 'new' : 'existing', needs.testNumbers.has(challenge.phoneNumber));
  return {
    ok: true,
    id: result.account_id,
    token: formatToken(result.account_id, secret),
    expiresAt: result.expires_at,
    created: result.created,
    invited: result.invited,
    deviceToken: (challenge.device.find(({ secretHash }) => secretHash.equals(result.device_hash)) ?? deviceToken)
      .token,
  };
}

function challengeOf({ id, key_id, code_length }: GuessRow) {
  return id !== null && key_id !== undefined && code_length !== undefined ? { id, key_id, code_length } : undefined;
}

function refusalFor({ limit_wait: wait, limit_name: name }: GuessRow, buckets: readonly Bucket[]): VerifyRefusal {
  if (wait === null || wait <= 0) return { ok: false, code: 'wrong_code', guessesLeft: undefined };
  const limit = buckets.find((bucket) => bucket.limit.name === name)?.limit ?? networkGuesses;
  return { ok: false, code: 'too_many_guesses', retryInSeconds: retryAfter(wait), limit };
}
