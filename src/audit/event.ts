import type { Client } from '../http/client.ts';
import { deviceOf } from '../kit/device.ts';
import type { Log } from '../kit/log.ts';
import { maskIp } from '../limits/client-ip.ts';

/** A security event (OWASP ASVS 16.3). An attempt to sign in is `signed_in` too, with the result `failed`. */
export type EventName =
  | 'signed_in'
  | 'signed_out'
  | 'sessions_ended'
  | 'profile_changed'
  | 'invite_redeemed'
  | 'account_erased'
  | 'number_verified'
  | 'test_message_sent'
  | 'backup_made'
  | 'backup_restored'
  | 'operator_act';

/** The outcome of an event: a wrong code is `failed`, and a request that a rule forbade is `refused`. */
export type EventResult = 'succeeded' | 'failed' | 'refused';

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly event: EventName;
  readonly result: EventResult;
  /** Null if nobody has an account with the number. */
  readonly account_id: string | null;
  /** Masked, as `maskPhoneNumber` does. */
  readonly number: string | null;
  /** Text of ours, never of a client. */
  readonly details: string | null;
}

/** Logs each event beside its row; the client IP loses its last part. */
export function logEvents(log: Log, events: readonly RecordedEvent[] | null, client: Client): void {
  const origin = { client: maskIp(client.ip), device: deviceOf(client.userAgent) };
  for (const { account_id: accountId, ...event } of events ?? []) {
    log.info({ ...event, accountId, ...origin }, 'security event');
  }
}
