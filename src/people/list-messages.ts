import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import {
  type Page,
  type PageInput,
  pageLimit,
  parsePageCursor,
  toPage,
  type UnknownCursor,
  unknownCursor,
  uuidPattern,
} from '../kit/page-cursor.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { type DeliveryRow, type Filter, findMessages } from './message-store.ts';

/** A message in a list; the number is masked, and null for a message to a person who is erased. */
export interface ListedMessage extends Omit<DeliveryRow, 'phone_number'> {
  readonly number: string | null;
}

/** A page of messages by country, provider, state and time, newest first. Numbers are masked for everybody. */
export async function listMessages(
  needs: AuditNeeds,
  actor: Actor,
  input: PageInput & Filter,
): Promise<({ readonly ok: true } & Page<ListedMessage>) | ({ readonly ok: false } & ActRefusal) | UnknownCursor> {
  const refusal = await refuseAct(needs, actor, 'read_messages');
  if (refusal) return { ok: false, ...refusal };
  const after = parsePageCursor(input.after, uuidPattern);
  if (after === undefined) return unknownCursor;
  const limit = pageLimit(input.limit);
  const { items, next } = toPage(await findMessages(needs.db, input, after, limit), limit);
  return {
    ok: true,
    next,
    items: items.map(({ phone_number: number, micros: _, ...row }) => ({
      ...row,
      number: number && maskPhoneNumber(number),
    })),
  };
}
