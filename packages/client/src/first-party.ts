import type { CodeSent } from './api-types.ts';
import { randomToken, sha256 } from './random.ts';
import { failure, type Result, type send, success } from './result.ts';
import { readJson, type TokenStorage, writeJson } from './storage.ts';

/** A code that is under way. */
export interface PendingCode extends Omit<CodeSent, 'challenge' | 'expires_in' | 'resend_in'> {
  /** When it ends, in milliseconds of Unix time. */
  readonly expiresAt: number;
  /** When it can be sent again, in milliseconds of Unix time. */
  readonly resendAt: number;
}

/** The person that a code has signed in. */
export interface CodeSignIn<Claims> {
  readonly claims: Claims;
  /** Whether the person was unknown until now. */
  readonly created: boolean;
}

/**
 * The sign-in of the operator's own native app by its own fields (draft-ietf-oauth-first-party-apps). With the error
 * `redirect_to_web` the app goes on by `beginSignIn`.
 */
export interface FirstPartySignIn<Claims> {
  /** Sends a code to a number; `regionCode` is for a number in national form. */
  requestCode(phoneNumber: string, regionCode?: string): Promise<Result<PendingCode>>;
  /** Sends the code that is under way again; before its time the error is `too_early`, with `retryAfter`. */
  resend(): Promise<Result<PendingCode>>;
  /** The code that is under way, also after a restart of the app. */
  pending(): Promise<PendingCode | undefined>;
  /** Signs the person in by the code, and keeps the tokens. */
  verifyCode(code: string, inviteCode?: string): Promise<Result<CodeSignIn<Claims>>>;
}

/** The parts of the client of OAuth that it needs. */
interface Needs<Claims> {
  readonly clientId: string;
  readonly scope: string;
  readonly storage: TokenStorage;
  post<T>(path: string, form: Record<string, string>, headers?: Record<string, string>): ReturnType<typeof send<T>>;
  redeem(form: Record<string, string>, nonce: string): Promise<Result<{ readonly claims: Claims }>>;
}

/** A sign-in between the number and the code. */
interface Attempt {
  readonly session: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly code: PendingCode;
}

interface Challenged extends CodeSent {
  readonly auth_session?: string;
}

const path = '/authorize-challenge';
const deviceKey = 'vouch.device';

/** Makes the sign-in by the fields of an app. */
export function createFirstPartySignIn<Claims>(needs: Needs<Claims>): FirstPartySignIn<Claims> {
  const { clientId, scope, storage, post, redeem } = needs;
  const key = `vouch.code.${clientId}`;
  const kept = () => readJson<Attempt>(storage, key);

  /** The answer to a number is an error of OAuth with the facts of the code. */
  async function ask(
    form: Record<string, string>,
    attempt: { readonly verifier: string; readonly nonce: string },
  ): Promise<Result<PendingCode>> {
    const device = await storage.get(deviceKey);
    const answer = await post<never>(path, form, device ? { 'device-token': device } : {});
    if (answer.ok) return failure('unexpected_response');
    // the API is trusted to answer as its document says
    const { auth_session: session, expires_in: life, resend_in: wait, ...sent } = (answer.body ?? {}) as Challenged;
    if (answer.error.code !== 'insufficient_authorization' || session === undefined)
      return { ok: false, error: answer.error };
    const { phone_number, code_length, channel, next_channel } = sent;
    const times = { expiresAt: Date.now() + life * 1000, resendAt: Date.now() + wait * 1000 };
    const code: PendingCode = { phone_number, code_length, channel, next_channel, ...times };
    await writeJson(storage, key, { ...attempt, session, code } satisfies Attempt);
    return success(code);
  }

  return {
    pending: async () => (await kept())?.code,
    requestCode: async (phoneNumber, regionCode) => {
      const [earlier, verifier] = [await kept(), randomToken()];
      // the same pair goes on with the challenge that is open, after a lost response too
      const attempt = earlier ?? { verifier, nonce: randomToken() };
      const form = {
        response_type: 'code',
        scope,
        nonce: attempt.nonce,
        code_challenge: await sha256(attempt.verifier),
        code_challenge_method: 'S256',
        login_hint: phoneNumber,
        ...(regionCode ? { region_code: regionCode } : {}),
      };
      const sent = await ask(earlier ? { ...form, auth_session: earlier.session } : form, attempt);
      if (sent.ok || sent.error.code !== 'invalid_session') return sent;
      await storage.remove(key);
      return ask(form, attempt);
    },
    resend: async () => {
      const attempt = await kept();
      if (!attempt) return failure('no_code');
      const wait = Math.ceil((attempt.code.resendAt - Date.now()) / 1000);
      if (wait > 0) return failure('too_early', { retryAfter: wait });
      return ask({ auth_session: attempt.session, resend: 'true' }, attempt);
    },
    verifyCode: async (code, inviteCode) => {
      const attempt = await kept();
      if (!attempt) return failure('no_code');
      const entered = await post<{ authorization_code: string; created: boolean }>(path, {
        auth_session: attempt.session,
        otp: code,
        ...(inviteCode ? { invite_code: inviteCode } : {}),
      });
      if (!entered.ok) return { ok: false, error: entered.error };
      const device = entered.headers?.get('device-token');
      if (device) await storage.set(deviceKey, device);
      await storage.remove(key);
      const form = { code: entered.value.authorization_code, code_verifier: attempt.verifier };
      const redeemed = await redeem(form, attempt.nonce);
      return redeemed.ok ? success({ ...redeemed.value, created: entered.value.created }) : redeemed;
    },
  };
}
