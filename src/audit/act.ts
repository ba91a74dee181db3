import { Json } from '../db/database.ts';
import { hmacBlocks } from '../db/keyed-hash.ts';
import type { Log } from '../kit/log.ts';
import { derive, type SecretKeys } from '../kit/secret.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Act } from '../operators/act.ts';
import type { Actor } from '../operators/actor.ts';

/** The argument `p_actor` of each function that does an act, which hands it to `vouch.record_act`. */
export interface ActArguments {
  readonly actor: Json;
}

/** The author of an act as its function records it; `keys` are needed if the values before and after are personal. */
export function actArguments(
  actor: Actor,
  { reason, keys }: { reason?: string | undefined; keys?: SecretKeys } = {},
): ActArguments {
  return {
    actor: new Json({
      kind: actor.kind,
      id: actor.id,
      role: actor.kind === 'operator' ? actor.role : null,
      client_ip: actor.kind === 'command_line' ? null : actor.clientIp,
      device: deviceOfActor(actor),
      reason: reason?.trim().slice(0, maxReason) || null,
      hash_key: keys
        ? hmacBlocks(derive(keys.current.key, 'personal values of the audit trail')).toString('hex')
        : null,
    }),
  };
}

/** The characters of a reason that the trail keeps. */
const maxReason = 500;

function deviceOfActor(actor: Actor): string {
  if (actor.kind === 'operator') return actor.device;
  return actor.kind === 'command_line' ? actor.id : 'API key';
}

/** An act for `recordAct`. */
export interface ActInput {
  readonly act: Act;
  /** The account that it concerns. */
  readonly accountId?: string | undefined;
  /** Its object, after its kind and a colon: `number:+7 ••• 12`, `prefix:+7900`, `key:…`. */
  readonly target?: string | undefined;
  /** Masked. */
  readonly number?: string | undefined;
  /** Text of ours, never of a client. */
  readonly details?: string | undefined;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/** An act as it was recorded. */
export interface RecordedAct {
  readonly act: Act;
  readonly account_id: string | null;
  readonly target: string | null;
  readonly number: string | null;
  readonly details: string | null;
  readonly actor: Actor['kind'];
  readonly actor_id: string;
  readonly role: string | null;
}

/** Logs an act beside its row. The reason is only in the row: an operator may write personal data there. */
export function logAct(log: Log, recorded: RecordedAct, actor: Actor): void {
  const { account_id: accountId, actor_id: actorId, ...act } = recorded;
  const client = actor.kind === 'command_line' ? undefined : maskIp(actor.clientIp);
  log.info({ ...act, accountId, actorId, client }, 'operator act');
}
