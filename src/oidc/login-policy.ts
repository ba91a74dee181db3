import type { interactionPolicy, KoaContextWithOIDC } from 'oidc-provider';
import { acr, freshSeconds } from './claims.ts';
import { currentOidcRequest } from './oidc-request.ts';

/** The part of the library that the policy is made of. */
export type PolicyKit = typeof interactionPolicy;

/**
 * When a page is shown: a sign-in if the browser has no session of our pages, or none that fits; consent for the apps of others.
 * A fresh sign-in that an app asks for by `acr_values` (RFC 9470) is one, too.
 */
export function loginPolicy({ base, Check }: PolicyKit): interactionPolicy.DefaultPolicy {
  const policy = base();
  const login = policy.get('login');
  if (login) {
    const { details } = login;
    // a new sign-in is told from that of the beginning by its time
    login.details = async (ctx) => ({
      ...(await details(ctx)),
      page_created: currentOidcRequest()?.page?.createdAt.getTime(),
    });
  }
  login?.checks.add(
    new Check('page_session', 'End-User authentication is required', 'login_required', ({ oidc }) => {
      const page = currentOidcRequest()?.page;
      return page?.accountId !== oidc.session?.accountId;
    }),
  );
  login?.checks.add(
    new Check('fresh', 'a fresh authentication is required', 'login_required', (ctx) => {
      lowerAcr(ctx);
      return asksForFresh(ctx.oidc.params?.acr_values) && ctx.oidc.session?.acr !== acr.fresh;
    }),
  );
  const native = policy.get('consent')?.checks.get('native_client_prompt');
  if (native) {
    const { check } = native;
    native.check = (ctx) => !isFirstParty(ctx) && check(ctx);
  }
  return policy;
}

/** Whether a request asks for a fresh sign-in: the first value is the preferred one. */
export function asksForFresh(acrValues: unknown): boolean {
  return typeof acrValues === 'string' && acrValues.split(' ')[0] === acr.fresh;
}

/** Whether the app of a request belongs to the operator. */
export function isFirstParty({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.client?.first_party === true;
}

/** A sign-in is fresh for some minutes only, and the session keeps the level of its beginning. */
function lowerAcr({ oidc }: KoaContextWithOIDC): void {
  const { session } = oidc;
  if (session?.acr === acr.fresh && session.past(freshSeconds)) session.acr = acr.phone;
}
