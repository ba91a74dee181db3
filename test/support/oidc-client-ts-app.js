// An app in a browser page, with oidc-client-ts. `judges-browser.test.ts` bundles it and calls `app`.
import { IndexedDbDPoPStore, UserManager } from 'oidc-client-ts';

const manager = new UserManager({
  authority: document.documentElement.dataset.issuer,
  client_id: 'spa',
  redirect_uri: `${location.origin}/cb`,
  post_logout_redirect_uri: `${location.origin}/bye`,
  scope: 'openid phone',
  // the library calls userinfo without a proof
  ...(localStorage.getItem('dpop')
    ? { dpop: { bind_authorization_code: true, store: new IndexedDbDPoPStore() } }
    : { loadUserInfo: true }),
});

const facts = ({ profile, access_token, token_type }) => ({ ...profile, access_token, token_type });

globalThis.app = {
  begin: () => manager.signinRedirect({ nonce: crypto.randomUUID() }),
  finish: () => manager.signinRedirectCallback().then(facts, ({ message, error }) => ({ message, error })),
  refresh: () => manager.signinSilent().then(facts),
  revoke: () => manager.revokeTokens(['refresh_token']),
  end: () => manager.signoutRedirect(),
};
