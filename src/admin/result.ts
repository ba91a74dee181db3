import type { KeyActorRefusal } from '../api-keys/find-key-actor.ts';
import type { ClientProblem } from '../config/oidc-client.ts';
import type { Act } from '../operators/act.ts';
import type { ActRefusal } from '../operators/actor.ts';
import type { ProfileRefusal } from '../profile/profile.ts';
import type { English } from '../texts/english.ts';
import type { ToldRefusal } from '../verifications/messages.ts';

/** The success of a call: its status and its body, which is JSON. */
export interface AdminSuccess {
  readonly ok: true;
  readonly status: 200 | 201 | 202 | 204;
  readonly body: unknown;
  /** The cursor of the next page, for the header `Link`. */
  readonly next?: string | null;
}

/** The refusal of a request by its idempotency key. */
export type IdempotencyRefusal =
  | { readonly ok: false; readonly code: 'idempotency_key_needed' }
  | { readonly ok: false; readonly code: 'idempotency_key_reused' }
  | { readonly ok: false; readonly code: 'request_in_progress'; readonly retryInSeconds: number };

type Invalid<Code extends string> = Code extends string ? { readonly ok: false; readonly code: Code } : never;

/** The refusal of an input by a use case, or of what the door itself parses. */
export type InputRefusal =
  | Invalid<keyof Omit<English['managementFields'], 'time_malformed' | 'client_invalid'>>
  | ({ readonly ok: false; readonly code: 'client_invalid' } & ClientProblem)
  | { readonly ok: false; readonly code: 'time_malformed'; readonly field: string };

/** A refusal of a verification, which has answers of its own. */
export interface VerificationRefused {
  readonly ok: false;
  readonly code: 'verification_refused';
  readonly refusal: ToldRefusal;
}

/** Any refusal of the management API, by the code of its problem. */
export type AdminRefusal =
  | VerificationRefused
  | KeyActorRefusal
  | ProfileRefusal
  | InputRefusal
  | { readonly ok: false; readonly code: 'not_found' }
  | IdempotencyRefusal
  | { readonly ok: false; readonly code: 'scope_missing'; readonly act: Act };

/** The result of a call. It is JSON, so that a repetition can have the same. */
export type AdminResult = AdminSuccess | AdminRefusal;

/** A refusal of an act as a key gets it: keys name no reason and enter no code, so that only a scope can be missing. */
export function missingScope({ act }: { readonly act: Act }): AdminRefusal {
  return { ok: false, code: 'scope_missing', act };
}

/** There is no such thing. */
export const notFound: AdminRefusal = { ok: false, code: 'not_found' };

/** A success with a body. */
export function success(body: unknown, status: AdminSuccess['status'] = 200): AdminSuccess {
  return { ok: true, status, body };
}

/** The refusals of use cases that are those of this API, and those of acts. */
export function refused<R extends AdminRefusal | ({ readonly ok: false } & ActRefusal)>(refusal: R): AdminRefusal {
  return 'act' in refusal ? missingScope(refusal) : refusal;
}
