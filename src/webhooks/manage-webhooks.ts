import { type ActArguments, actArguments, logAct, type RecordedAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { IpNetwork } from '../limits/ip-network.ts';
import type { Act } from '../operators/act.ts';
import { type Actor, refusalOf } from '../operators/actor.ts';
import { checkEndpoint, type EndpointInput, maxEndpoints, type WebhookRefusal } from './endpoint.ts';
import { newWebhookSecret, sealSecret } from './sealed-secret.ts';
import {
  type EndpointRow,
  hasEndpoint,
  insertEndpoint,
  listEndpointRows,
  queueTestEvent,
  removeEndpoint,
  replaceSecret,
  replayEvents,
  updateEndpoint,
} from './store.ts';

/** The dependencies of acts on webhooks. */
export interface WebhookNeeds extends AuditNeeds {
  readonly keys: SecretKeys;
  /** The private networks that webhooks may reach, by plain HTTP too. */
  readonly allowedNetworks: readonly IpNetwork[];
}

type Refused = { readonly ok: false } & WebhookRefusal;

/** The maximum of an overlap of two secrets, in seconds. */
const maxOverlapSeconds = 30 * 86_400;

/** Adds an endpoint, and returns its secret, which is shown once. */
export async function addWebhook(
  needs: WebhookNeeds,
  actor: Actor,
  input: EndpointInput,
): Promise<{ readonly ok: true; readonly id: string; readonly secret: string } | Refused> {
  const refused = (await refuseAct(needs, actor, act)) ?? checkEndpoint(input, needs.allowedNetworks.length > 0);
  if (refused) return { ok: false, ...refused };
  if ((await listEndpointRows(needs.db, maxEndpoints)).length >= maxEndpoints)
    return { ok: false, code: 'webhooks_too_many', max: maxEndpoints };
  const id = random.bytes(8).toString('hex');
  const secret = newWebhookSecret();
  const events = [...new Set(input.events)];
  const sealed = sealSecret(needs.keys, id, secret);
  logAct(needs.log, await insertEndpoint(needs.db, id, { ...input, events }, sealed, actArguments(actor)), actor);
  return { ok: true, id, secret };
}

const act: Act = 'manage_webhooks';

/** All endpoints with their state, without their secrets. */
export async function listWebhooks(
  needs: AuditNeeds,
  actor: Actor,
): Promise<{ readonly ok: true; readonly endpoints: readonly EndpointRow[] } | Refused> {
  const refused = refusalOf(actor, 'read_events') && (await refuseAct(needs, actor, act));
  if (refused) return { ok: false, ...refused };
  return { ok: true, endpoints: await listEndpointRows(needs.db, maxEndpoints) };
}

/** Changes an endpoint; values that are left out stay. To enable it sends the events that it missed. */
export async function changeWebhook(
  needs: WebhookNeeds,
  actor: Actor,
  { id, ...change }: Partial<EndpointInput> & { readonly id: string; readonly isEnabled?: boolean | undefined },
): Promise<{ readonly ok: true } | Refused> {
  const refused = checkEndpoint(change, needs.allowedNetworks.length > 0);
  return perform(needs, actor, refused, (by) => updateEndpoint(needs.db, id, change, by));
}

/** Gives an endpoint a new secret, which is shown once. The present one signs too for the overlap. */
export async function rotateWebhookSecret(
  needs: WebhookNeeds,
  actor: Actor,
  { id, overlapSeconds }: { readonly id: string; readonly overlapSeconds: number },
): Promise<{ readonly ok: true; readonly secret: string } | Refused> {
  const secret = newWebhookSecret();
  const overlap = Math.min(Math.max(0, overlapSeconds), maxOverlapSeconds);
  const sealed = sealSecret(needs.keys, id, secret);
  const result = await perform(needs, actor, undefined, (by) => replaceSecret(needs.db, id, sealed, overlap, by));
  return result.ok ? { ok: true, secret } : result;
}

/** Deletes an endpoint and its events. */
export async function deleteWebhook(
  needs: AuditNeeds,
  actor: Actor,
  { id }: { readonly id: string },
): Promise<{ readonly ok: true } | Refused> {
  return perform(needs, actor, undefined, (by) => removeEndpoint(needs.db, id, by));
}

/** Sends an event of the type `webhook.test`; its number. */
export async function sendTestWebhook(
  needs: AuditNeeds,
  actor: Actor,
  { id }: { readonly id: string },
): Promise<{ readonly ok: true; readonly seq: number } | Refused> {
  const refused = await refuseAct(needs, actor, act, { target: `webhook:${id}` });
  if (refused) return { ok: false, ...refused };
  const seq = await queueTestEvent(needs.db, id, `test_${random.bytes(12).toString('hex')}`);
  return seq === null ? { ok: false, code: 'webhook_unknown' } : { ok: true, seq: Number(seq) };
}

/** Sends the events after a number again, up to another one, under their ids; how many. */
export async function replayWebhook(
  needs: AuditNeeds,
  actor: Actor,
  { id, after, until }: { readonly id: string; readonly after: number; readonly until: number },
): Promise<{ readonly ok: true; readonly replayed: number } | Refused> {
  const refused = await refuseAct(needs, actor, act, { target: `webhook:${id}` });
  if (refused) return { ok: false, ...refused };
  if (!(await hasEndpoint(needs.db, id))) return { ok: false, code: 'webhook_unknown' };
  const { replayed, recorded } = await replayEvents(needs.db, id, { after, until }, actArguments(actor));
  logAct(needs.log, recorded, actor);
  return { ok: true, replayed };
}

async function perform(
  needs: AuditNeeds,
  actor: Actor,
  invalid: WebhookRefusal | undefined,
  change: (by: ActArguments) => Promise<RecordedAct | null>,
): Promise<{ readonly ok: true } | Refused> {
  const refused = (await refuseAct(needs, actor, act)) ?? invalid;
  if (refused) return { ok: false, ...refused };
  const recorded = await change(actArguments(actor));
  if (!recorded) return { ok: false, code: 'webhook_unknown' };
  logAct(needs.log, recorded, actor);
  return { ok: true };
}
