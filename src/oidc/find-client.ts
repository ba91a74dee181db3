import type { AdapterPayload } from 'oidc-provider';
import type { FileClient } from '../config/clients-file.ts';
import type { Database } from '../db/database.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { findClientRow, findLogo } from './client-store.ts';

/** The clients of an instance: those of its configuration, and those that the command line has registered. */
export interface ClientNeeds {
  readonly db: Database;
  readonly keys: SecretKeys;
  readonly clients: ReadonlyMap<string, FileClient>;
}

/** The client of an id; undefined if there is none. */
export async function findClient(
  { db, clients }: Omit<ClientNeeds, 'keys'>,
  id: string,
): Promise<FileClient | undefined> {
  if (!/^[\w.-]{1,64}$/.test(id)) return undefined;
  return clients.get(id) ?? (await findClientRow(db, id));
}

/** The bytes of the logo of a client; undefined if there is none. */
export function findClientLogo({ db, clients }: Omit<ClientNeeds, 'keys'>, id: string): Promise<Buffer | undefined> {
  const configured = clients.get(id);
  return configured ? Promise.resolve(configured.logo) : findLogo(db, id);
}

/** The metadata of a client as the library takes it. The hashes of its secrets stand for the secret: `open-provider.ts`. */
export async function findClientMetadata(needs: ClientNeeds, id: string): Promise<AdapterPayload | undefined> {
  const found = await findClient(needs, id);
  if (!found) return undefined;
  const { first_party, resources, ...metadata } = found.client;
  const usesSecret = metadata.token_endpoint_auth_method.startsWith('client_secret_');
  return {
    ...metadata,
    response_types: metadata.grant_types.includes('authorization_code') ? ['code'] : [],
    ...(usesSecret ? { client_secret: found.secretHashes.join(' ') } : {}),
    first_party,
    // a notice names the session that ended, and not all sessions of the person
    ...(metadata.backchannel_logout_uri === undefined ? {} : { backchannel_logout_session_required: true }),
    ...(resources ? { resources } : {}),
  };
}
