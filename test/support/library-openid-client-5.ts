import type * as OpenidClient from 'openid-client-5';
import type { JudgeSite } from './judge-site.ts';
import { importPackage, type Judge, type JudgedTokens } from './library-judge.ts';
import { secret } from './oidc-client.ts';

/** openid-client 5, which much software still has: RS256, the secret in the form, and pushed requests. */
export async function openidClient5(site: JudgeSite): Promise<Judge> {
  const { Issuer, generators } = await importPackage<typeof OpenidClient>('openid-client-5');
  const issuer = await Issuer.discover(site.url);
  const client = new issuer.Client({
    client_id: 'form',
    client_secret: secret,
    token_endpoint_auth_method: 'client_secret_post',
    redirect_uris: [site.callback],
    response_types: ['code'],
  });
  return {
    async begin() {
      const [state, nonce, verifier] = [generators.state(), generators.nonce(), generators.codeVerifier()];
      const pushed = await client.pushedAuthorizationRequest({
        redirect_uri: site.callback,
        response_type: 'code',
        scope: 'openid phone',
        state,
        nonce,
        code_challenge: generators.codeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const checks = { state, nonce, code_verifier: verifier, response_type: 'code' };
      return {
        url: client.authorizationUrl({ request_uri: pushed.request_uri }),
        finish: async (callback) =>
          judged(client, site, await client.callback(site.callback, client.callbackParams(callback), checks)),
      };
    },
  };
}

function judged(client: OpenidClient.BaseClient, site: JudgeSite, tokens: OpenidClient.TokenSet): JudgedTokens {
  const { access_token: accessToken = '', refresh_token: refreshToken = '', id_token: idToken = '' } = tokens;
  return {
    sub: tokens.claims().sub,
    userinfo: () => client.userinfo(tokens),
    refresh: async () => judged(client, site, await client.refresh(tokens)),
    isActive: async () => (await client.introspect(accessToken)).active,
    revoke: () => client.revoke(refreshToken),
    logoutUrl: () =>
      client.endSessionUrl({
        id_token_hint: idToken,
        post_logout_redirect_uri: new URL('/bye', site.callback).href,
      }),
  };
}
