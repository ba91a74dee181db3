import { countFinished } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { newInviteCode } from '../invites/invite.ts';
import type { InviteNeeds } from '../invites/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import { retryAfter } from '../limits/rate-limit.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Credential, formatToken, hashSecret, newSecret } from '../sessions/session.ts';
import { newDeviceToken, parseDeviceTokens } from '../sessions/trusted-device.ts';
import { guessesLeft, parseCode, type VerifyRefusal } from './challenge.ts';
import { codeFor, isCode } from './code.ts';
import { logUncheckedGuess, recordWrongGuess } from './events.ts';
import { countGuess, type GuessRow } from './store.ts';
import { signIn } from './use-code.ts';

/** The dependencies of verifying a code. */
export interface VerifyCodeNeeds extends InviteNeeds {
  /** Test numbers with a code of their own, which no message delivers. */
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly metrics: Metrics;
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

/**
 * Signs a person in by the code of their number's open challenge. The guess is counted and committed before it is
 * checked. The statement that opens the session also uses up the code and redeems the invite code of a new person, if
 * it can: a broken invite never prevents a sign-in.
 */
export async function verifyCode(
  needs: VerifyCodeNeeds,
  input: {
    phoneNumber: PhoneNumber;
    code: string | number;
    inviteCode: string | undefined;
    /** The time at which the link that left the code in a browser was opened: the code is valid for a week. */
    inviteOpenedAt?: Date | undefined;
    deviceToken: string | undefined;
    /** The current session of the client, which ends when the new one opens. */
    previous: Credential | undefined;
    client: Client;
  },
): Promise<SignedIn | VerifyRefusal> {
  const { phoneNumber, client, inviteCode } = input;
  const devices = parseDeviceTokens(input.deviceToken);
  const guess = await countGuess(needs.db, phoneNumber, devices);
  const challenge = challengeOf(guess);
  if (challenge === undefined) {
    logUncheckedGuess(needs, phoneNumber, client);
    return refusalFor(guess);
  }

  const guessed = parseCode(input.code, challenge.code_length);
  const code = needs.testNumbers.get(phoneNumber) ?? codeFor(needs.keys, challenge, phoneNumber);
  const right = isCode(guessed ?? '', code);
  const refuse = async (): Promise<VerifyRefusal> => {
    await recordWrongGuess(needs, phoneNumber, client);
    return { ok: false, code: 'wrong_code', guessesLeft: guessesLeft(guess.guesses) };
  };
  if (!right) return refuse();

  const secret = newSecret();
  const newDevice = newDeviceToken();
  const signedIn = await signIn(
    needs,
    { id: challenge.id, lane: guess.lane, phoneNumber, device: devices },
    () => ({
      accountId: random.id(),
      inviteCode: newInviteCode(),
      device: newDevice,
      session: { id: random.id(), secretHash: hashSecret(secret) },
    }),
    inviteCode === undefined ? undefined : { code: inviteCode, openedAt: input.inviteOpenedAt, clientIp: client.ip },
    client,
    input.previous,
  );
  if (signedIn === undefined) return refuse();
  countFinished(needs.metrics, signedIn.finished ?? []);
  needs.metrics.signedIn(signedIn.created ? 'new' : 'known', needs.testNumbers.has(phoneNumber));
  return {
    ok: true,
    id: signedIn.account_id,
    token: formatToken(signedIn.account_id, secret),
    expiresAt: signedIn.expires_at,
    created: signedIn.created,
    invited: signedIn.invited,
    deviceToken: (devices.find(({ secretHash }) => secretHash.equals(signedIn.device_hash)) ?? newDevice).token,
  };
}

function challengeOf({ id, key_id, code_length }: GuessRow) {
  return id !== null && key_id !== undefined && code_length !== undefined ? { id, key_id, code_length } : undefined;
}

function refusalFor({ day_wait }: GuessRow): VerifyRefusal {
  if (day_wait !== null && day_wait > 0) {
    return { ok: false, code: 'too_many_guesses', retryInSeconds: retryAfter(day_wait) };
  }
  return { ok: false, code: 'wrong_code', guessesLeft: undefined };
}
