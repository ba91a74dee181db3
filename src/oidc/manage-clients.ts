import { hash } from 'node:crypto';
import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct, refuseList } from '../audit/refuse-act.ts';
import { type AuditNeeds, recordAct } from '../audit/store.ts';
import type { FileClient } from '../config/clients-file.ts';
import { type ClientProblem, isClientProblem, parseClientDescription } from '../config/oidc-client.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Actor, type ActRefusal, refusalOfList } from '../operators/actor.ts';
import { deleteClient, insertClient, type ListedClient, listClientRows, replaceClientSecret } from './client-store.ts';
import { rotateSigningKeys } from './signing-keys.ts';

/** The refusal of an act on clients. */
export type ClientRefusal = { readonly ok: false } & (
  | ActRefusal
  | ({ readonly code: 'client_invalid' } & ClientProblem)
  | { readonly code: 'client_exists' }
  | { readonly code: 'client_unknown' }
  | { readonly code: 'client_read_only' }
);

/** The dependencies of acts on clients. */
export interface ClientActNeeds extends AuditNeeds {
  /** The clients of the configuration, which no act changes. */
  readonly configured?: ReadonlyMap<string, FileClient> | undefined;
}

/** The clients that a list shows. */
const maxListed = 1000;

/** The time for which the old secret stays valid, unless somebody says another. */
export const defaultOverlapSeconds = 86_400;

/** Registers an app; `secret` is shown once, and undefined for an app that has none. */
export async function addClient(
  needs: ClientActNeeds,
  actor: Actor,
  input: Readonly<Record<string, unknown>>,
): Promise<{ readonly ok: true; readonly id: string; readonly secret: string | undefined } | ClientRefusal> {
  const refusal = await refuseAct(needs, actor, 'manage_clients', targetOf(input.client_id));
  if (refusal) return { ok: false, ...refusal };
  const described = parseClientDescription(input);
  if (isClientProblem(described)) return { ok: false, code: 'client_invalid', ...described };
  const { client_id: id, token_endpoint_auth_method: method } = described.client;
  if (needs.configured?.has(id)) return { ok: false, code: 'client_exists' };
  const secret = method.startsWith('client_secret_') ? newSecret() : undefined;
  const hash = secret === undefined ? undefined : hashOf(secret);
  const recorded = await insertClient(needs.db, described, hash, actArguments(actor));
  if (!recorded) return { ok: false, code: 'client_exists' };
  logAct(needs.log, recorded, actor);
  return { ok: true, id, secret };
}

/** All apps by their ids, without their secrets: those of the configuration, and those that were registered. */
export async function listClients(
  needs: ClientActNeeds,
  actor: Actor,
): Promise<{ readonly ok: true; readonly clients: readonly ListedClient[] } | ClientRefusal> {
  const refusal = refusalOfList(actor, 'manage_clients') && (await refuseList(needs, actor, 'read_clients'));
  if (refusal) return { ok: false, ...refusal };
  const configured = [...(needs.configured ?? [])].map(([id, { client }]) => ({
    id,
    metadata: client,
    created_at: null,
    created_by: null,
    previous_until: null,
  }));
  const registered = (await listClientRows(needs.db, maxListed)).filter(({ id }) => !needs.configured?.has(id));
  return { ok: true, clients: [...configured, ...registered].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** Gives an app a new secret, which is shown once; the present one stays valid for the overlap. */
export async function rotateClient(
  needs: ClientActNeeds,
  actor: Actor,
  { id, overlapSeconds }: { readonly id: string; readonly overlapSeconds: number },
): Promise<{ readonly ok: true; readonly secret: string } | ClientRefusal> {
  const refusal = await refuseChange(needs, actor, id);
  if (refusal) return refusal;
  const secret = newSecret();
  const recorded = await replaceClientSecret(needs.db, id, hashOf(secret), overlapSeconds, actArguments(actor));
  if (!recorded) return { ok: false, code: 'client_unknown' };
  logAct(needs.log, recorded, actor);
  return { ok: true, secret };
}

/** Removes an app: it gets no further tokens, and refreshes none. */
export async function removeClient(
  needs: ClientActNeeds,
  actor: Actor,
  { id }: { readonly id: string },
): Promise<{ readonly ok: true } | ClientRefusal> {
  const refusal = await refuseChange(needs, actor, id);
  if (refusal) return refusal;
  const recorded = await deleteClient(needs.db, id, actArguments(actor));
  if (!recorded) return { ok: false, code: 'client_unknown' };
  logAct(needs.log, recorded, actor);
  return { ok: true };
}

/** Why an actor may not change an app, or undefined if they may: an app of the configuration is changed there. */
async function refuseChange(needs: ClientActNeeds, actor: Actor, id: string): Promise<ClientRefusal | undefined> {
  const refusal = await refuseAct(needs, actor, 'manage_clients', targetOf(id));
  if (refusal) return { ok: false, ...refusal };
  return needs.configured?.has(id) ? { ok: false, code: 'client_read_only' } : undefined;
}

/** The object of an act in the trail; nothing for an id that no app can have. */
function targetOf(id: unknown): { readonly target?: string } {
  return typeof id === 'string' && /^[\w.-]{1,64}$/.test(id) ? { target: `client:${id}` } : {};
}

/** Makes new signing keys; see `rotateSigningKeys`. The audit trail has it before, since the keys are made one by one. */
export async function rotateKeys(
  needs: AuditNeeds & { readonly keys: SecretKeys },
  actor: Actor,
  { isLeak }: { readonly isLeak: boolean },
): Promise<{ readonly ok: true; readonly made: readonly string[] } | ClientRefusal> {
  const refusal = await refuseAct(needs, actor, 'manage_clients', { target: 'keys:signing' });
  if (refusal) return { ok: false, ...refusal };
  const act = { act: 'manage_clients', target: 'keys:signing', details: isLeak ? 'replaced' : 'rotated' } as const;
  logAct(needs.log, await recordAct(needs.db, actArguments(actor), act), actor);
  return { ok: true, made: await rotateSigningKeys(needs, isLeak) };
}

/** A secret of 256 unpredictable bits. */
function newSecret(): string {
  return random.bytes(32).toString('base64url');
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
