import { countFinished } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { newInviteCode } from '../invites/invite.ts';
import type { InviteNeeds } from '../invites/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import { retryIn } from '../limits/rate-limit.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Credential, hashOf, newSecret, tokenOf } from '../sessions/session.ts';
import { newDeviceToken, parseDeviceTokens } from '../sessions/trusted-device.ts';
import { guessesLeft, readCode, type VerifyRefusal } from './challenge.ts';
import { codeFor, isCode } from './code.ts';
import { logUnjudgedGuess, recordWrongGuess } from './events.ts';
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
  entered: {
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
  const { phoneNumber, client, inviteCode } = entered;
  const shown = parseDeviceTokens(entered.deviceToken);
  const guess = await countGuess(needs.db, phoneNumber, shown);
  const challenge = counted(guess);
  if (challenge === undefined) {
    logUnjudgedGuess(needs, phoneNumber, client);
    return notJudged(guess);
  }

  const typed = readCode(entered.code, challenge.code_length);
  const code = needs.testNumbers.get(phoneNumber) ?? codeFor(needs.keys, challenge, phoneNumber);
  const right = isCode(typed ?? '', code);
  const wrong = async (): Promise<VerifyRefusal> => {
    await recordWrongGuess(needs, phoneNumber, client);
    return { ok: false, code: 'wrong_code', guessesLeft: guessesLeft(guess.guesses) };
  };
  if (!right) return wrong();

  const secret = newSecret();
  const fresh = newDeviceToken();
  const made = await signIn(
    needs,
    { id: challenge.id, lane: guess.lane, phoneNumber, device: shown },
    () => ({
      accountId: random.id(),
      inviteCode: newInviteCode(),
      device: fresh,
      session: { id: random.id(), secretHash: hashOf(secret) },
    }),
    inviteCode === undefined ? undefined : { code: inviteCode, openedAt: entered.inviteOpenedAt, clientIp: client.ip },
    client,
    entered.previous,
  );
  if (made === undefined) return wrong();
  countFinished(needs.metrics, made.over ?? []);
  needs.metrics.signedIn(made.created ? 'new' : 'known', needs.testNumbers.has(phoneNumber));
  return {
    ok: true,
    id: made.account_id,
    token: tokenOf(made.account_id, secret),
    expiresAt: made.expires_at,
    created: made.created,
    invited: made.invited,
    deviceToken: (shown.find(({ secretHash }) => secretHash.equals(made.device_hash)) ?? fresh).token,
  };
}

function counted({ id, key_id, code_length }: GuessRow) {
  return id !== null && key_id !== undefined && code_length !== undefined ? { id, key_id, code_length } : undefined;
}

function notJudged({ day_wait }: GuessRow): VerifyRefusal {
  if (day_wait !== null && day_wait > 0) {
    return { ok: false, code: 'too_many_guesses', retryInSeconds: retryIn(day_wait) };
  }
  return { ok: false, code: 'wrong_code', guessesLeft: undefined };
}
