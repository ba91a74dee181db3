import type { Client } from '../http/client.ts';
import { deviceOf } from '../kit/device.ts';
import type { Log } from '../kit/log.ts';
import { maskAddress } from '../limits/address.ts';

/** A security event (OWASP ASVS 16.3). An attempt to sign in is `signed_in` too, with the result `failed`. */
export type EventName =
  | 'signed_in'
  | 'signed_out'
  | 'sessions_ended'
  | 'profile_changed'
  | 'invite_redeemed'
  | 'account_erased'
  | 'number_looked_up'
  | 'test_message_sent'
  | 'backup_made'
  | 'backup_restored';

/** What became of it: a wrong code `failed`, and what a rule forbade was `refused`. */
export type EventResult = 'succeeded' | 'failed' | 'refused';

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly event: EventName;
  readonly result: EventResult;
  /** Null where nobody has an account with the number. */
  readonly account_id: string | null;
  /** Masked, as `maskPhoneNumber` does. */
  readonly number: string | null;
  /** Words of ours, never of a client. */
  readonly details: string | null;
}

/** Writes the line of the log that each event has beside its row; the client's address without its last part. */
export function logEvents(log: Log, events: readonly RecordedEvent[] | null, client: Client): void {
  const where = { client: maskAddress(client.ip), device: deviceOf(client.userAgent) };
  for (const { account_id: accountId, ...event } of events ?? []) {
    log.info({ ...event, accountId, ...where }, 'security event');
  }
}
