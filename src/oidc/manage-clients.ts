import { hash } from 'node:crypto';
import { actArguments, logAct } from '../audit/act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { type ClientProblem, isClientProblem, parseClientDescription } from '../config/oidc-client.ts';
import { errorCode } from '../kit/caught.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Actor, type ActRefusal, refusalOf, refusalOfList } from '../operators/actor.ts';
import { deleteClient, insertClient, type ListedClient, listClientRows, replaceClientSecret } from './client-store.ts';
import { rotateSigningKeys } from './signing-keys.ts';

/** The refusal of an act on clients. */
export type ClientRefusal = { readonly ok: false } & (
  | ActRefusal
  | ({ readonly code: 'client_invalid' } & ClientProblem)
  | { readonly code: 'client_exists' | 'client_unknown' }
);

/** The clients that a list shows. */
const maxListed = 1000;

/** Registers an app; `secret` is shown once, and undefined for an app that has none. */
export async function addClient(
  needs: AuditNeeds,
  actor: Actor,
  input: Readonly<Record<string, unknown>>,
): Promise<{ readonly ok: true; readonly id: string; readonly secret: string | undefined } | ClientRefusal> {
  const refusal = refusalOf(actor, 'manage_clients');
  if (refusal) return { ok: false, ...refusal };
  const described = parseClientDescription(input);
  if (isClientProblem(described)) return { ok: false, code: 'client_invalid', ...described };
  const { client } = described;
  const secret = client.token_endpoint_auth_method.startsWith('client_secret_') ? newSecret() : undefined;
  try {
    const recorded = await insertClient(
      needs.db,
      described,
      secret === undefined ? undefined : hashOf(secret),
      actArguments(actor),
    );
    logAct(needs.log, recorded, actor);
  } catch (error) {
    if (errorCode(error) === '23505') return { ok: false, code: 'client_exists' };
    throw error;
  }
  return { ok: true, id: client.client_id, secret };
}

/** All registered apps, without their secrets. */
export async function listClients(
  { db }: AuditNeeds,
  actor: Actor,
): Promise<{ readonly ok: true; readonly clients: readonly ListedClient[] } | ClientRefusal> {
  const refusal = refusalOfList(actor, 'manage_clients');
  if (refusal) return { ok: false, ...refusal };
  return { ok: true, clients: await listClientRows(db, maxListed) };
}

/** Gives an app a new secret, which is shown once; the present one stays valid for the overlap. */
export async function rotateClient(
  needs: AuditNeeds,
  actor: Actor,
  { id, overlapSeconds }: { readonly id: string; readonly overlapSeconds: number },
): Promise<{ readonly ok: true; readonly secret: string } | ClientRefusal> {
  const refusal = refusalOf(actor, 'manage_clients');
  if (refusal) return { ok: false, ...refusal };
  const secret = newSecret();
  const recorded = await replaceClientSecret(needs.db, id, hashOf(secret), overlapSeconds, actArguments(actor));
  if (!recorded) return { ok: false, code: 'client_unknown' };
  logAct(needs.log, recorded, actor);
  return { ok: true, secret };
}

/** Removes an app: it gets no further tokens, and refreshes none. */
export async function removeClient(
  needs: AuditNeeds,
  actor: Actor,
  { id }: { readonly id: string },
): Promise<{ readonly ok: true } | ClientRefusal> {
  const refusal = refusalOf(actor, 'manage_clients');
  if (refusal) return { ok: false, ...refusal };
  const recorded = await deleteClient(needs.db, id, actArguments(actor));
  if (!recorded) return { ok: false, code: 'client_unknown' };
  logAct(needs.log, recorded, actor);
  return { ok: true };
}

/** Makes new signing keys; see `rotateSigningKeys`. */
export async function rotateKeys(
  needs: AuditNeeds & { readonly keys: SecretKeys },
  actor: Actor,
  { isLeak }: { readonly isLeak: boolean },
): Promise<{ readonly ok: true; readonly made: readonly string[] } | ClientRefusal> {
  const refusal = refusalOf(actor, 'manage_clients');
  if (refusal) return { ok: false, ...refusal };
  return { ok: true, made: await rotateSigningKeys(needs, isLeak) };
}

/** A secret of 256 unpredictable bits. */
function newSecret(): string {
  return random.bytes(32).toString('base64url');
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
