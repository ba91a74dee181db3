import { setTimeout as pause } from 'node:timers/promises';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { isUnavailable } from '../db/unavailable.ts';
import { present } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import type { SessionNeeds } from '../sessions/store.ts';
import { type OidcErrors, unavailableError } from './adapter.ts';
import { currentOidcRequest } from './oidc-request.ts';
import { openByToken, recordKey, sealByToken } from './record-key.ts';
import { exchangeToken, finishExchangeRow } from './rotation-store.ts';
import { endRecord } from './store.ts';

const purpose = 'exchange';
/** Longer than an exchange of a process that was killed stays busy. */
const maxWaitMs = 11_000;
const pollMs = 50;

/**
 * Rotation that signs nobody out. A token that was exchanged gets the same successor again until that is first used; the response
 * is sealed by a key that follows from the token itself. After that, presenting it revokes the grant (RFC 9700, 4.14.2).
 */
export function beginRotation(needs: SessionNeeds, errors: OidcErrors): (ctx: KoaContextWithOIDC) => Promise<boolean> {
  return async ({ oidc }) => {
    const current = present(currentOidcRequest(), 'the request of the library');
    const token = String(oidc.params?.refresh_token);
    try {
      const { outcome, attempt, sealed } = await begin(needs, token);
      if (outcome === 'begun') {
        current.exchange = { token, attempt };
        return true;
      }
      if (outcome === 'sealed' && sealed) current.repeated = openByToken(token, purpose, sealed);
      if (outcome === 'used') await endRecord(needs, recordKey('Grant', oidc.entities.RefreshToken?.grantId ?? ''));
      if (outcome === 'busy') throw unavailableError(errors, new Error('an exchange is under way'));
    } catch (error) {
      throw isUnavailable(error) ? unavailableError(errors, error) : error;
    }
    throw new errors.InvalidGrant('refresh token already used');
  };
}

/** Finishes a rotation: keeps the response before the client gets it, or replaces it by that of an earlier exchange. */
export function finishRotation(
  needs: SessionNeeds,
): (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  return async (ctx, next) => {
    await next();
    const current = currentOidcRequest();
    if (current?.repeated === undefined && current?.exchange && ctx.status === 200) {
      const { token, attempt, successorKey = '' } = current.exchange;
      const sealed = sealByToken(token, purpose, JSON.stringify(ctx.body));
      try {
        if (await finishExchangeRow(needs, { key: recordKey('RefreshToken', token), attempt, sealed, successorKey }))
          return;
        const other = await begin(needs, token);
        if (other.sealed) current.repeated = openByToken(token, purpose, other.sealed);
        else respondUnavailable(ctx);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        respondUnavailable(ctx);
      }
    }
    if (current?.repeated === undefined) return;
    ctx.status = 200;
    ctx.body = JSON.parse(current.repeated);
  };
}

/** Begins an exchange, after waiting for one that is under way. */
async function begin(needs: SessionNeeds, token: string) {
  const attempt = random.id();
  const until = performance.now() + maxWaitMs;
  for (;;) {
    const row = await exchangeToken(needs, recordKey('RefreshToken', token), attempt);
    if (row.outcome !== 'busy' || performance.now() > until) return { ...row, attempt };
    await pause(pollMs);
  }
}

/** The client keeps its token and tries again: the exchange has no outcome yet. */
function respondUnavailable(ctx: KoaContextWithOIDC): void {
  ctx.status = 503;
  ctx.body = { error: 'temporarily_unavailable', error_description: 'try again later' };
}
