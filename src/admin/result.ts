import type { KeyActorRefusal } from '../api-keys/find-key-actor.ts';
import type { ActRefusal } from '../operators/actor.ts';

/** The success of a call: its status and its body, which is JSON. */
export interface AdminSuccess {
  readonly ok: true;
  readonly status: 200 | 201 | 202 | 204;
  readonly body: unknown;
}

/** The refusal of a request by its idempotency key. */
export type IdempotencyRefusal =
  | { readonly ok: false; readonly code: 'idempotency_key_needed' }
  | { readonly ok: false; readonly code: 'idempotency_key_reused' }
  | { readonly ok: false; readonly code: 'request_in_progress'; readonly retryInSeconds: number };

/** Any refusal of the management API. */
export type AdminRefusal = KeyActorRefusal | IdempotencyRefusal | ({ readonly ok: false } & ActRefusal);

/** The result of a call. It is JSON, so that a repetition can have the same. */
export type AdminResult = AdminSuccess | AdminRefusal;
