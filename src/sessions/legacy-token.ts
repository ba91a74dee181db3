import { hash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { bearerToken } from '../http/bearer-token.ts';
import type { Request, Server } from '../http/server.ts';
import type { Credential } from './session.ts';

/** A token of Django REST framework: 160 random bits. */
const pattern = /^[0-9a-f]{40}$/;

/** The stored hash of a token of an earlier system; undefined if a text has not its form. */
export function hashLegacyToken(token: string): Buffer | undefined {
  return pattern.test(token) ? hash('sha256', token, 'buffer') : undefined;
}

const found = new WeakMap<Request['raw'], Credential>();

/**
 * Looks up the account of a token of an earlier system before the handler runs, since such a token does not name it. A
 * request with a token of ours, or without one, takes no lookup.
 */
export function acceptLegacyTokens(server: Server, { db }: { readonly db: Database }): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const secretHash = hashLegacyToken(bearerToken(request) ?? '');
    if (!secretHash) return done();
    findOwner(db, secretHash).then((accountId) => {
      if (accountId !== null) found.set(request.raw, { accountId, secretHash });
      done();
    }, done);
  });
}

/** The credential that `acceptLegacyTokens` has found for a request, whose session may have ended. */
export function legacyCredential(request: Request): Credential | undefined {
  return found.get(request.raw);
}

async function findOwner(db: Database, secretHash: Buffer): Promise<string | null> {
  const rows = await db.call<{ owner_of_legacy_token: string | null }>('owner_of_legacy_token', { key: secretHash });
  return rows[0]?.owner_of_legacy_token ?? null;
}

/** Deletes a batch of the expired tokens of an earlier system, from the time `from` on. */
export function deleteExpiredLegacyTokens(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_expired_legacy_tokens', { from });
}
