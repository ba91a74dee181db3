import type {
  Calls,
  Invite,
  InvitedPeople,
  Profile,
  ProfileChanges,
  RedeemedCode,
  SessionList,
  SignedIn,
} from './api-types.ts';
import type { PendingCode } from './first-party.ts';
import { randomToken } from './random.ts';
import { failure, type Result, send, success } from './result.ts';
import { readJson, type TokenStorage, writeJson } from './storage.ts';

/** The settings of a client. */
export interface ClientOptions {
  /** The URL of the installation, such as `https://signin.example.com`. */
  readonly url: string;
  /** Where the session, the code that is under way and the token of this device are kept. */
  readonly storage: TokenStorage;
  /** The language of messages and errors, as in `Accept-Language`; by default that of the browser. */
  readonly locale?: string;
  /** By default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The API of Vouch for an app whose people sign in by a code. */
export interface VouchClient {
  /** Sends a code to a number; `regionCode` is for a number in national form. */
  requestCode(phoneNumber: string, regionCode?: string): Promise<Result<PendingCode>>;
  /** Sends the code that is under way again; before its time the error is `too_early`, with `retryAfter`. */
  resend(): Promise<Result<PendingCode>>;
  /** The code that is under way, also after a reload of the page. */
  pending(): Promise<PendingCode | undefined>;
  /** Signs the person in by the code, and keeps the session. */
  verifyCode(code: string, inviteCode?: string): Promise<Result<SignedIn>>;
  /** The session that is kept; undefined if nobody is signed in. */
  session(): Promise<SignedIn | undefined>;
  profile(): Promise<Result<Profile>>;
  editProfile(changes: ProfileChanges): Promise<Result<Profile>>;
  /** Deletes the account, within five minutes of a sign-in. */
  eraseAccount(): Promise<Result<undefined>>;
  /** What an invite code means, before a number is given. */
  invite(code: string): Promise<Result<Invite>>;
  redeem(inviteCode: string): Promise<Result<RedeemedCode>>;
  /** A page of the people who redeemed the own code; `cursor` is the `invited_cursor` of the page before. */
  invited(cursor?: string): Promise<Result<InvitedPeople>>;
  sessions(): Promise<Result<SessionList>>;
  endSession(id: string): Promise<Result<undefined>>;
  endOtherSessions(): Promise<Result<undefined>>;
  /** Ends the session, and forgets it even if no response comes. */
  signOut(): Promise<Result<undefined>>;
}

const keys = { session: 'vouch.session', code: 'vouch.code', challenge: 'vouch.challenge', device: 'vouch.device' };

/** Makes a client of the API. */
export function createClient({
  url,
  storage,
  locale,
  fetch = globalThis.fetch.bind(globalThis),
}: ClientOptions): VouchClient {
  const base = url.replace(/\/+$/, '');
  const session = () => readJson<SignedIn>(storage, keys.session);
  const pending = () => readJson<PendingCode>(storage, keys.code);

  async function call<Name extends keyof Calls>(
    name: Name,
    body?: Calls[Name]['body'],
    parameter = '',
  ): Promise<Result<Calls[Name]['result']>> {
    const [method = '', path = ''] = name.split(' ');
    const [token, device] = [(await session())?.token, await storage.get(keys.device)];
    const isSignIn = path.endsWith('-sms');
    const query = parameter.startsWith('?') ? parameter : '';
    const response = await send<Calls[Name]['result']>(
      fetch,
      `${base}${path.replace(/\{\w+\}/, encodeURIComponent(parameter))}${query}`,
      {
        method,
        credentials: 'omit',
        headers: {
          ...(locale ? { 'accept-language': locale } : {}),
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(isSignIn && device ? { 'device-token': device } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      },
    );
    if (!response.ok && response.error.status === 401 && (await session())?.token === token)
      await storage.remove(keys.session);
    const newDevice = response.headers?.get('device-token');
    if (newDevice) await storage.set(keys.device, newDevice);
    return response.ok ? success(response.value) : { ok: false, error: response.error };
  }

  /** A client that makes the challenge itself shares no limit with its network, and gets the same code after a lost response. */
  async function challenge(): Promise<string> {
    const kept = await storage.get(keys.challenge);
    if (kept) return kept;
    const made = `vouchc_${randomToken()}`;
    await storage.set(keys.challenge, made);
    return made;
  }

  async function requestCode(phoneNumber: string, regionCode?: string): Promise<Result<PendingCode>> {
    const sent = await call('POST /api/request-sms', {
      phone_number: phoneNumber,
      challenge: await challenge(),
      ...(regionCode ? { region_code: regionCode } : {}),
    });
    if (!sent.ok) return sent;
    const { challenge: kept, expires_in: life, resend_in: wait, ...code } = sent.value;
    const value = { ...code, expiresAt: Date.now() + life * 1000, resendAt: Date.now() + wait * 1000 };
    await storage.set(keys.challenge, kept);
    await writeJson(storage, keys.code, value);
    return success(value);
  }

  return {
    requestCode,
    pending,
    session,
    resend: async () => {
      const code = await pending();
      if (!code) return failure('no_code');
      const wait = Math.ceil((code.resendAt - Date.now()) / 1000);
      return wait > 0 ? failure('too_early', { retryAfter: wait }) : requestCode(code.phone_number);
    },
    verifyCode: async (code, inviteCode) => {
      const requested = await pending();
      if (!requested) return failure('no_code');
      const signedIn = await call('POST /api/verify-sms', {
        phone_number: requested.phone_number,
        challenge: await challenge(),
        sms_code: code,
        ...(inviteCode ? { invite_code: inviteCode } : {}),
      });
      if (!signedIn.ok) return signedIn;
      await writeJson(storage, keys.session, signedIn.value);
      for (const key of [keys.code, keys.challenge]) await storage.remove(key);
      return signedIn;
    },
    profile: () => call('GET /api/users/me'),
    editProfile: (changes) => call('PATCH /api/users/me', changes),
    eraseAccount: async () => {
      const erased = await call('DELETE /api/users/me');
      if (erased.ok) await storage.remove(keys.session);
      return erased;
    },
    invite: (code) => call('GET /api/invites/{code}', undefined, code),
    redeem: (inviteCode) => call('PATCH /api/users/me/invite_code', { invite_code: inviteCode }),
    invited: (cursor) =>
      call('GET /api/users/me/invited', undefined, cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''),
    sessions: () => call('GET /api/users/me/sessions'),
    endSession: (id) => call('DELETE /api/users/me/sessions/{id}', undefined, id),
    endOtherSessions: () => call('DELETE /api/users/me/sessions'),
    signOut: async () => {
      const ended = await call('POST /api/auth/token/logout');
      await storage.remove(keys.session);
      return ended;
    },
  };
}
