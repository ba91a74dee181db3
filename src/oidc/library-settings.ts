import type { Configuration, errors as Errors, JWK, KoaContextWithOIDC, UnknownObject } from 'oidc-provider';
import { isRecord } from '../kit/record.ts';
import { type AdapterNeeds, createAdapter, whileAvailable } from './adapter.ts';
import { acr, claimsOfScopes, findOidcAccount } from './claims.ts';
import { findExistingGrant } from './existing-grant.ts';
import { challengePath } from './first-party-request.ts';
import {
  showDeviceDone,
  showDeviceForm,
  showDeviceWarning,
  showError,
  showLoggedOut,
  showLogout,
} from './library-pages.tsx';
import { loginPolicy, type PolicyKit } from './login-policy.ts';
import { takeOverPageLogin } from './page-login.ts';
import { beginRotation } from './rotation.ts';

/** The dependencies of the provider. */
export interface ProviderNeeds extends AdapterNeeds {
  readonly publicUrl: string;
  /** The methods by which people here prove a number (RFC 8176). */
  readonly amr: readonly string[];
}

/** The parts of the library that the settings need. */
export interface LibraryKit {
  readonly errors: typeof Errors;
  readonly interactionPolicy: PolicyKit;
}

/** Lifetimes in seconds. */
const life = { code: 60, accessToken: 3600, idToken: 3600, interaction: 600, device: 600 } as const;

/** The settings of the library. Everything that it would do by a page or a store of its own is ours. */
export function librarySettings(needs: ProviderNeeds, kit: LibraryKit, keys: readonly JWK[]): Configuration {
  return {
    adapter: createAdapter(needs, kit.errors),
    jwks: { keys },
    acrValues: Object.values(acr),
    // OpenID Connect Core 3.1.2.1 requires it, and a repeated one must not fall back to the only one that is registered
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: { sid: null, iss: null, ...claimsOfScopes },
    scopes: [...Object.keys(claimsOfScopes), 'offline_access'],
    // an app of another site has the claims in the ID token too: many libraries never call userinfo
    conformIdTokenClaims: false,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    extraClientMetadata: { properties: ['first_party', 'resources', 'color', 'logo'] },
    // no parameter of apps: its check runs after all others of a request, and before the session is looked at
    extraParams: { page_login: (ctx) => takeOverPageLogin(ctx, needs.amr) },
    extraTokenClaims: signInClaims,
    clientBasedCORS: isOwnOrigin,
    cookies: cookiesOf(needs.publicUrl),
    discovery: { authorization_challenge_endpoint: `${needs.publicUrl}${challengePath}` },
    features: featuresOf(kit),
    findAccount: (_ctx, id) => whileAvailable(kit.errors, () => findOidcAccount(needs.db, id)),
    interactions: { policy: loginPolicy(kit.interactionPolicy), url: (_ctx, { uid }) => `/oauth/interaction/${uid}` },
    // a token ends with the session of its grant, not with that of the browser
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: findExistingGrant,
    pkce: { required: () => true },
    renderError: showError,
    responseTypes: ['code'],
    revokeGrantPolicy: () => true,
    rotateRefreshToken: beginRotation(needs, kit.errors),
    routes: routesOf,
    ttl: lifetimes(needs),
  };
}

function lifetimes({ sessionLife: { lifetimeSeconds, idleSeconds } }: ProviderNeeds): Configuration['ttl'] {
  return {
    AccessToken: life.accessToken,
    AuthorizationCode: life.code,
    DeviceCode: life.device,
    Grant: lifetimeSeconds,
    IdToken: life.idToken,
    Interaction: life.interaction,
    RefreshToken: idleSeconds,
    Session: idleSeconds,
  };
}

/** The endpoints, below one folder but for the two documents that tell them. */
export const routesOf = {
  authorization: '/oauth/auth',
  code_verification: '/oauth/device',
  device_authorization: '/oauth/device/auth',
  end_session: '/oauth/logout',
  introspection: '/oauth/introspection',
  jwks: '/oauth/jwks',
  pushed_authorization_request: '/oauth/request',
  revocation: '/oauth/revocation',
  token: '/oauth/token',
  userinfo: '/oauth/userinfo',
} as const;

function featuresOf({ errors }: LibraryKit): Configuration['features'] {
  return {
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: async (...input) => showDeviceForm(...input),
      userCodeConfirmSource: async (...input) => showDeviceWarning(...input),
      successSource: async (ctx) => showDeviceDone(ctx),
    },
    dPoP: { enabled: true },
    introspection: {
      enabled: true,
      // anybody can name an app that has no secret
      allowedPolicy: async (_ctx, client, token) =>
        token.clientId === client.clientId || (client.first_party === true && client.clientAuthMethod !== 'none'),
    },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource, client) => {
        const scope = scopesOf(client, resource);
        if (scope === undefined) throw new errors.InvalidTarget();
        const alg = client.idTokenSignedResponseAlg === 'ES256' ? 'ES256' : 'RS256';
        const [audience, accessTokenTTL] = [resource, life.accessToken];
        return { scope, audience, accessTokenTTL, accessTokenFormat: 'jwt', jwt: { sign: { alg } } };
      },
      useGrantedResource: async () => true,
    },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => showLogout(ctx, form),
      postLogoutSuccessSource: async (ctx) => showLoggedOut(ctx),
    },
  };
}

/** Without TLS the prefixes of RFC 6265bis do not work, and the name tells apart the programs of a host. */
function cookiesOf(publicUrl: string): Configuration['cookies'] {
  const isSecure = publicUrl.startsWith('https:');
  const names = isSecure
    ? { session: '__Host-oidc', interaction: '__Secure-interaction', resume: '__Secure-resume' }
    : { session: 'signin-oidc', interaction: 'signin-interaction', resume: 'signin-resume' };
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, signed: false } as const;
  return { names, long: { ...options, path: '/' }, short: options };
}

/** Browser apps may call from the origins of their own redirect URIs, and only where a token is needed or used. */
function isOwnOrigin(
  { oidc }: KoaContextWithOIDC,
  origin: string,
  client: { readonly redirectUris?: readonly string[] | undefined },
): boolean {
  if (!['token', 'userinfo', 'revocation'].includes(oidc.route ?? '')) return false;
  return (
    client.redirectUris?.some((uri) => URL.canParse(uri) && new URL(uri).origin === origin && origin !== 'null') ??
    false
  );
}

/** The sign-in behind an access token, for an API that asks for a fresh one (RFC 9470, 6). */
async function signInClaims({ oidc }: KoaContextWithOIDC): Promise<UnknownObject | undefined> {
  const { AuthorizationCode, DeviceCode, RotatedRefreshToken, RefreshToken } = oidc.entities;
  const source = AuthorizationCode ?? DeviceCode ?? RotatedRefreshToken ?? RefreshToken;
  return source && { acr: source.acr, auth_time: source.authTime };
}

function scopesOf(client: { readonly [name: string]: unknown }, resource: string): string | undefined {
  const { resources } = client;
  const scopes = isRecord(resources) && Object.hasOwn(resources, resource) ? resources[resource] : undefined;
  return typeof scopes === 'string' ? scopes : undefined;
}
