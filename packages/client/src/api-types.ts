// Made from the OpenAPI document by `npm run docs`. A test makes it again and compares.

/** An error by RFC 9457, with the members that clients of the earlier service read. */
export interface Problem {
  /** A page that explains this kind of problem. */
  readonly type: string;
  /** The kind of problem, in the language of the reader. */
  readonly title: string;
  /** The status of the answer. */
  readonly status: number;
  /** What happened this time, in the language of the reader. */
  readonly detail: string;
  /** The kind of problem, for programs. It does not change. */
  readonly code: 'invalid_request' | 'malformed_json' | 'bad_request' | 'unauthenticated' | 'cross_site' | 'not_the_provider' | 'not_found' | 'method_not_allowed' | 'payload_too_large' | 'uri_too_long' | 'unsupported_media_type' | 'internal_error' | 'overloaded' | 'unavailable' | 'not_a_phone_number' | 'mobile_number_needed' | 'country_not_served' | 'wrong_code' | 'too_many_messages' | 'sending_busy' | 'daily_max' | 'too_many_guesses' | 'number_locked' | 'number_not_served' | 'network_blocked' | 'account_blocked' | 'invite_code_malformed' | 'invite_code_unknown' | 'invite_code_own' | 'invite_code_already_redeemed' | 'invite_code_circle' | 'redeem_blocked' | 'invite_not_working' | 'too_many_redeem_attempts' | 'recent_sign_in_required' | 'too_many_profile_attempts';
  /** The id of the request, which the log has too. */
  readonly instance: string;
  /** Why an invite code was refused. */
  readonly error?: string;
  /** Why the request was refused as a whole. */
  readonly non_field_errors?: readonly string[];
  /** Why this field was refused. */
  readonly challenge?: readonly string[];
  /** Why this field was refused. */
  readonly cursor?: readonly string[];
  /** Why this field was refused. */
  readonly email?: readonly string[];
  /** Why this field was refused. */
  readonly first_name?: readonly string[];
  /** Why this field was refused. */
  readonly invite_code?: readonly string[];
  /** Why this field was refused. */
  readonly last_name?: readonly string[];
  /** Why this field was refused. */
  readonly phone_number?: readonly string[];
  /** Why this field was refused. */
  readonly region_code?: readonly string[];
  /** Why this field was refused. */
  readonly sms_code?: readonly string[];
  /** Why this field was refused. */
  readonly username?: readonly string[];
  /** The country of a number to which no codes are sent. */
  readonly country?: string;
  /** Guesses that this code still allows. */
  readonly guesses_left?: number;
}

export interface CodeRequest {
  /** International in any spelling, or national with `region_code` or in the default region. */
  readonly phone_number: string;
  /** ISO 3166-1 alpha-2, for a number in national form. */
  readonly region_code?: string | null;
  /** The token of an earlier answer: sends the code that is under way again. Without it the client network stands in, which others may share; a client can avoid that by making its first token itself: `vouchc_` and 32 random bytes in base64url. */
  readonly challenge?: string | null;
}

export interface CodeSent {
  /** E.164. */
  readonly phone_number: string;
  /** As it was given. */
  readonly region_code?: string;
  /** Seconds until the code ends. */
  readonly expires_in: number;
  /** Seconds until it can be sent again. */
  readonly resend_in: number;
  /** Digits of the code. */
  readonly code_length: number;
  /** Ties the code to the client that asked: send it with the code, and when asking again. */
  readonly challenge: string;
  /** How the code travels. */
  readonly channel: 'sms' | 'telegram' | 'whatsapp';
  /** How it travels where it is asked for again. */
  readonly next_channel: 'sms' | 'telegram' | 'whatsapp';
}

export interface CodeEntry {
  /** International in any spelling, or national with `region_code` or in the default region. */
  readonly phone_number: string;
  /** ISO 3166-1 alpha-2, for a number in national form. */
  readonly region_code?: string | null;
  /** The token from the answer to the request for this code. Without it a code works only from the client network that requested it without a token. */
  readonly challenge?: string | null;
  /** As a string; a number has lost its leading zeros, and is tried with them. */
  readonly sms_code: string | number;
  /** Redeemed if this signs up a new person and the code can be redeemed; ignored otherwise. Leave it out to sign up without an invite; `GET /api/invites/{code}` says what the inviter will see. */
  readonly invite_code?: string | null;
}

export interface SignedIn {
  /** For `Authorization: Token …` or `Bearer …`. */
  readonly token: string;
  /** Identifies the account for good: keep data by it, not by the number, which can change hands. */
  readonly id: string;
  /** The session ends then at the latest. */
  readonly expires_at: string;
  /** Whether this person was unknown until now. */
  readonly created: boolean;
}

/** A person as they see themselves. */
export interface Profile {
  /** Identifies this account for good. A number can pass to another person; an id never does. */
  readonly id: string;
  /** E.164. */
  readonly phone_number: string;
  /** Unique: no two look alike. */
  readonly username: string | null;
  /** Given name. */
  readonly first_name: string | null;
  /** Family name. */
  readonly last_name: string | null;
  /** Unique. */
  readonly email: string | null;
  /** My own invite code, in the spelling of the contract. */
  readonly referal_code: string;
  /** The code that I redeemed. */
  readonly invite_code: string | null;
  /** Numbers of those who redeemed mine, newest first, at most 100. */
  readonly invited: readonly string[];
  /** Of all of them, including those who have deleted their account. */
  readonly invited_count: number;
  /** For /api/users/me/invited. */
  readonly invited_cursor: string | null;
}

export interface ProfileChanges {
  /** Unique: no two look alike (RFC 8265, UTS 39). */
  readonly username?: string | null;
  /** Given name. Whoever invited this person sees it. */
  readonly first_name?: string | null;
  /** Family name. */
  readonly last_name?: string | null;
  /** Unique; international e-mail addresses too (RFC 6531). An empty string clears. */
  readonly email?: string | null;
}

export interface RedeemCode {
  /** In any case, with spaces, or a whole link. */
  readonly invite_code?: string;
}

export interface RedeemedCode {
  /** The code that I redeemed. */
  readonly invite_code: string | null;
}

export interface InvitedPeople {
  /** Phone numbers, newest first, at most 100. */
  readonly invited: readonly string[];
  /** The same people, with names and times. */
  readonly people: readonly {
    /** As in `invited`. */
    readonly phone_number: string;
    /** As the profile of the person has it now. */
    readonly first_name: string | null;
    /** When the person redeemed the code. */
    readonly redeemed_at: string;
  }[];
  /** Of all, those who erased their account since included. */
  readonly invited_count: number;
  /** Where the next page begins. */
  readonly invited_cursor: string | null;
}

export interface Invite {
  /** As it is sent to `verify-sms`. */
  readonly invite_code: string;
  /** What its owner sees of the number that signs up with it. Show this before a code is asked for. */
  readonly inviter_sees: 'full_number' | 'masked_number';
}

/** A browser or an app that is signed in. */
export interface Session {
  /** For ending it. */
  readonly id: string;
  /** When the code was entered. */
  readonly created_at: string;
  /** True to fifteen minutes. */
  readonly last_used_at: string;
  /** It ends then at the latest, and earlier without use. */
  readonly expires_at: string;
  /** Program and system, as the device named itself; may be empty. */
  readonly device: string;
  /** The client IP at sign-in, without its last part. */
  readonly address: string;
  /** Whether it is the session of this request. */
  readonly current: boolean;
}

export interface SessionList {
  readonly sessions: readonly Session[];
}

/** The calls of the API: what each takes and returns. */
export interface Calls {
  'POST /api/request-sms': { body: CodeRequest; result: CodeSent };
  'POST /api/verify-sms': { body: CodeEntry; result: SignedIn };
  'GET /api/users/me': { body: undefined; result: Profile };
  'PATCH /api/users/me': { body: ProfileChanges; result: Profile };
  'DELETE /api/users/me': { body: undefined; result: undefined };
  'PATCH /api/users/me/invite_code': { body: RedeemCode; result: RedeemedCode };
  'GET /api/users/me/invited': { body: undefined; result: InvitedPeople };
  'GET /api/invites/{code}': { body: undefined; result: Invite };
  'POST /api/auth/token/logout': { body: undefined; result: undefined };
  'GET /api/users/me/sessions': { body: undefined; result: SessionList };
  'DELETE /api/users/me/sessions': { body: undefined; result: undefined };
  'GET /api/users/me/sessions/{id}': { body: undefined; result: Session };
  'DELETE /api/users/me/sessions/{id}': { body: undefined; result: undefined };
}
