import type { KoaContextWithOIDC } from 'oidc-provider';
import { isFirstParty } from './login-policy.ts';

/** A grant of the library. */
export type Grant = InstanceType<KoaContextWithOIDC['oidc']['provider']['Grant']>;

/**
 * The grant that the browser has given an app before. The operator's own apps get what they ask for without a question, once the
 * person has signed in.
 */
export async function findExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, result, provider } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const found = id === undefined ? undefined : await provider.Grant.find(id);
  const known = found?.accountId === session.accountId ? found : undefined;
  if (!isFirstParty(ctx) || ctx.oidc.promptPending('login')) return known;
  const grant = known ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  if (addMissing(ctx, grant) || !known) await grant.save();
  return grant;
}

/** Adds what the request asks for; false if the grant has all of it. */
export function addMissing({ oidc }: KoaContextWithOIDC, grant: Grant): boolean {
  const before = JSON.stringify([grant.openid, grant.resources]);
  const scopes = [...oidc.requestParamOIDCScopes].join(' ');
  if (scopes !== '') grant.addOIDCScope(scopes);
  const claims = [...oidc.requestParamClaims];
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [resource, { scopes: known }] of Object.entries(oidc.resourceServers ?? {})) {
    const asked = [...oidc.requestParamScopes].filter((scope) => known.has(scope));
    if (asked.length > 0) grant.addResourceScope(resource, asked.join(' '));
  }
  return JSON.stringify([grant.openid, grant.resources]) !== before;
}
