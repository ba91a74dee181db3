import type { InteractionResults, KoaContextWithOIDC } from 'oidc-provider';
import { acr, freshSeconds } from './claims.ts';
import { currentOidcRequest, type PageSession } from './oidc-request.ts';

/** A login as the library takes it. */
type Login = NonNullable<InteractionResults['login']>;

/** The login that a session of the pages stands for. */
export function loginOfPage({ accountId, createdAt }: PageSession, amr: readonly string[]): Login {
  const isFresh = (Date.now() - createdAt.getTime()) / 1000 < freshSeconds;
  const ts = Math.floor(createdAt.getTime() / 1000);
  return { accountId, acr: isFresh ? acr.fresh : acr.phone, amr: [...amr], ts };
}

/**
 * A session of the pages is a login for each app, also with `prompt=none`. The session of the library takes it over at the
 * authorisation endpoint, if it has none or an earlier one of the same account; with another account it is not found at all. It
 * ends with the session of the pages: `adapter.ts`.
 */
export function takeOverPageLogin({ oidc }: KoaContextWithOIDC, amr: readonly string[]): void {
  const { session, route } = oidc;
  const page = currentOidcRequest()?.page;
  if (!session || !page || route !== 'authorization') return;
  const { ts: loginTs = 0, ...login } = loginOfPage(page, amr);
  if (session.accountId === login.accountId && (session.loginTs ?? 0) >= loginTs) return;
  session.loginAccount({ ...login, loginTs });
}
