import type { KeyActorRefusal } from '../api-keys/find-key-actor.ts';
import type { Act } from '../operators/act.ts';

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

/** Any refusal of the management API, by the code of its problem. */
export type AdminRefusal =
  | KeyActorRefusal
  | IdempotencyRefusal
  | { readonly ok: false; readonly code: 'scope_missing'; readonly act: Act };

/** The result of a call. It is JSON, so that a repetition can have the same. */
export type AdminResult = AdminSuccess | AdminRefusal;
