import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { type Actor, refusalOf } from '../operators/actor.ts';
import type { WebhookRefusal } from './endpoint.ts';
import { type AttemptRow, type EventRow, findAttemptRows, findEventRows, hasEndpoint } from './store.ts';

type Refused = { readonly ok: false } & WebhookRefusal;

/** A page of a list; `next` is the `after` of the page behind it. */
export type Page<Row> = { readonly ok: true; readonly items: readonly Row[]; readonly next: string | null } | Refused;

interface PageInput {
  readonly id: string;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The events of an endpoint in their order, after the number `after`. */
export async function readWebhookEvents(
  needs: AuditNeeds,
  actor: Actor,
  { id, after = '0', limit }: PageInput,
): Promise<Page<EventRow>> {
  const refused = await refuseAct(needs, actor, 'read_events', { target: webhookTarget(id) });
  if (refused) return { ok: false, ...refused };
  if (!/^\d{1,18}$/.test(after)) return { ok: false, code: 'unknown_cursor' };
  if (!(await hasEndpoint(needs.db, id))) return { ok: false, code: 'webhook_unknown' };
  const items = await findEventRows(needs.db, id, after, limit);
  return { ok: true, items, next: items.length < limit ? null : (items.at(-1)?.seq ?? null) };
}

/** The attempts of an endpoint, those of the newest events first. */
export async function listWebhookAttempts(
  needs: AuditNeeds,
  actor: Actor,
  { id, after, limit }: PageInput,
): Promise<Page<AttemptRow>> {
  const refused =
    refusalOf(actor, 'read_events') &&
    (await refuseAct(needs, actor, 'manage_webhooks', { target: webhookTarget(id) }));
  if (refused) return { ok: false, ...refused };
  const [, seq, number] = /^(\d{1,18})\.(\d{1,9})$/.exec(decode(after)) ?? [];
  if (after !== undefined && (seq === undefined || number === undefined)) return { ok: false, code: 'unknown_cursor' };
  if (!(await hasEndpoint(needs.db, id))) return { ok: false, code: 'webhook_unknown' };
  const before = seq === undefined ? undefined : { seq, number: Number(number) };
  const items = await findAttemptRows(needs.db, id, before, limit);
  const last = items.at(-1);
  return { ok: true, items, next: last && items.length === limit ? encode(`${last.seq}.${last.number}`) : null };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(text = ''): string {
  return Buffer.from(text, 'base64url').toString();
}

/** The object of a refused act; the text comes from a client, who may write anything. */
function webhookTarget(id: string): string | undefined {
  return /^[0-9a-f]{1,32}$/.test(id) ? `webhook:${id}` : undefined;
}
