import type * as OpenidClient from 'openid-client';
import type { JudgeSite } from './judge-site.ts';
import { importPackage, type Judge, type JudgedTokens } from './library-judge.ts';
import { secret } from './oidc-client.ts';

/** openid-client 6: pushed requests, and the signature of the ID token is checked although TLS would do. */
export async function openidClient(site: JudgeSite): Promise<Judge> {
  const library = await importPackage<typeof OpenidClient>('openid-client');
  const { allowInsecureRequests, enableNonRepudiationChecks } = library;
  const config = await library.discovery(new URL(site.url), 'shop', {}, library.ClientSecretBasic(secret), {
    execute: [allowInsecureRequests, enableNonRepudiationChecks],
  });
  return {
    async begin() {
      const [state, nonce, verifier] = [library.randomState(), library.randomNonce(), library.randomPKCECodeVerifier()];
      const url = await library.buildAuthorizationUrlWithPAR(config, {
        redirect_uri: site.callback,
        scope: 'openid phone',
        state,
        nonce,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      return {
        url: url.href,
        finish: async (callback) =>
          judged(library, config, site, await library.authorizationCodeGrant(config, new URL(callback), checks)),
      };
    },
  };
}

type Tokens = Awaited<ReturnType<typeof OpenidClient.authorizationCodeGrant | typeof OpenidClient.refreshTokenGrant>>;

function judged(
  library: typeof OpenidClient,
  config: OpenidClient.Configuration,
  site: JudgeSite,
  tokens: Tokens,
): JudgedTokens {
  const { access_token: accessToken, refresh_token: refreshToken = '', id_token: idToken = '' } = tokens;
  const sub = tokens.claims()?.sub ?? '';
  return {
    sub,
    userinfo: () => library.fetchUserInfo(config, accessToken, sub),
    refresh: async () => judged(library, config, site, await library.refreshTokenGrant(config, refreshToken)),
    isActive: async () => (await library.tokenIntrospection(config, accessToken)).active,
    revoke: () => library.tokenRevocation(config, refreshToken),
    logoutUrl: () =>
      library.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: new URL('/bye', site.callback).href,
      }).href,
  };
}
