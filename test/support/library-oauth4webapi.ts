import type * as Oauth from 'oauth4webapi';
import type { JudgeSite } from './judge-site.ts';
import { importPackage, type Judge, type JudgedTokens } from './library-judge.ts';
import { secret } from './oidc-client.ts';

/** The arguments that most calls of the library need. */
interface Kit {
  readonly library: typeof Oauth;
  readonly site: JudgeSite;
  readonly server: Oauth.AuthorizationServer;
  readonly client: Oauth.Client;
  readonly auth: Oauth.ClientAuth;
  /** Plain HTTP is allowed, and tokens are bound to a key (RFC 9449). */
  readonly options: Record<typeof Oauth.allowInsecureRequests, true> & { readonly DPoP: Oauth.DPoPHandle };
}

/** oauth4webapi: each step of the protocol is a call, here with DPoP and pushed requests. */
export async function oauth4webapi(site: JudgeSite): Promise<Judge> {
  const library = await importPackage<typeof Oauth>('oauth4webapi');
  const insecure = { [library.allowInsecureRequests]: true } as const;
  const issuer = new URL(site.url);
  const found = await library.discoveryRequest(issuer, insecure);
  const server = await library.processDiscoveryResponse(issuer, found);
  const client: Oauth.Client = { client_id: 'shop' };
  const DPoP = library.DPoP(client, await library.generateKeyPair('ES256'));
  const auth = library.ClientSecretBasic(secret);
  const kit = { library, site, server, client, auth, options: { DPoP, ...insecure } };
  return { begin: () => begin(kit) };
}

async function begin(kit: Kit) {
  const { library, site, server, client, auth, options } = kit;
  const [state, nonce] = [library.generateRandomState(), library.generateRandomNonce()];
  const verifier = library.generateRandomCodeVerifier();
  const parameters = {
    redirect_uri: site.callback,
    response_type: 'code',
    scope: 'openid phone',
    state,
    nonce,
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const response = await library.pushedAuthorizationRequest(server, client, auth, parameters, options);
  const pushed = await library.processPushedAuthorizationResponse(server, client, response);
  const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
  const finish = async (callback: string): Promise<JudgedTokens> => {
    const checked = library.validateAuthResponse(server, client, new URL(callback), state);
    const uri = site.callback;
    const answer = await library.authorizationCodeGrantRequest(server, client, auth, checked, uri, verifier, options);
    const checks = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await library.processAuthorizationCodeResponse(server, client, answer, checks);
    await library.validateApplicationLevelSignature(server, answer, options);
    return judged(kit, tokens);
  };
  return { url: `${server.authorization_endpoint}?${query}`, finish };
}

function judged(kit: Kit, tokens: Oauth.TokenEndpointResponse): JudgedTokens {
  const { library, site, server, client, auth, options } = kit;
  const { access_token: accessToken, refresh_token: refreshToken = '', id_token: idToken = '' } = tokens;
  const sub = library.getValidatedIdTokenClaims(tokens)?.sub ?? '';
  return {
    sub,
    async userinfo() {
      const answer = await library.userInfoRequest(server, client, accessToken, options);
      return library.processUserInfoResponse(server, client, sub, answer);
    },
    async refresh() {
      const answer = await library.refreshTokenGrantRequest(server, client, auth, refreshToken, options);
      const renewed = await library.processRefreshTokenResponse(server, client, answer);
      await library.validateApplicationLevelSignature(server, answer, options);
      return judged(kit, renewed);
    },
    async isActive() {
      const answer = await library.introspectionRequest(server, client, auth, accessToken, options);
      return (await library.processIntrospectionResponse(server, client, answer)).active;
    },
    async revoke() {
      await library.processRevocationResponse(
        await library.revocationRequest(server, client, auth, refreshToken, options),
      );
    },
    logoutUrl() {
      const query = { id_token_hint: idToken, post_logout_redirect_uri: new URL('/bye', site.callback).href };
      return `${server.end_session_endpoint}?${new URLSearchParams(query)}`;
    },
  };
}
