import { type AppLogo, isAppLogo, parseAppLogoUrl } from '../brand/app-logo.ts';
import { isReadable, parseColor, unreadableReason } from '../brand/contrast.ts';
import { isRecord } from '../kit/record.ts';

/** An app that signs people in, with the names of OAuth 2.0 Dynamic Client Registration (RFC 7591) where it has one. */
export interface OidcClient {
  readonly client_id: string;
  readonly client_name: string;
  readonly application_type: 'web' | 'native';
  readonly token_endpoint_auth_method: 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[];
  readonly backchannel_logout_uri?: string;
  readonly jwks_uri?: string;
  /** Its public keys, for an app whose `jwks_uri` this server could not reach. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly grant_types: readonly string[];
  /** The scopes that it may ask for, separated by spaces; all by default. */
  readonly scope?: string;
  readonly id_token_signed_response_alg?: 'RS256' | 'ES256';
  readonly dpop_bound_access_tokens?: boolean;
  readonly require_pushed_authorization_requests?: boolean;
  /** Whether it belongs to the operator: no page asks for consent. */
  readonly first_party: boolean;
  /** The colour of pages before they go to it, as `#rrggbb`. */
  readonly color?: string;
  /** Its logo on these pages. Descriptions have the picture itself, as `logo_uri`. */
  readonly logo?: AppLogo;
  /** The APIs for which it may get a JWT, each with the scopes that exist there, separated by spaces. */
  readonly resources?: Readonly<Record<string, string>>;
}

const refreshToken = 'refresh_token';
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';
const grantTypes = ['authorization_code', refreshToken, deviceCode];

/** The members that a client may have, each with its rule. */
const members: Readonly<Record<keyof OidcClient, (value: unknown) => boolean>> = {
  client_id: (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value),
  client_name: (value) => typeof value === 'string' && /^[^\p{Cc}{}]{1,60}$/u.test(value) && value === value.trim(),
  application_type: (value) => value === 'web' || value === 'native',
  token_endpoint_auth_method: (value) =>
    ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'].includes(String(value)),
  redirect_uris: (value) => isListOf(value, isUri),
  post_logout_redirect_uris: (value) => isListOf(value, isUri),
  backchannel_logout_uri: isWebUrl,
  jwks_uri: isWebUrl,
  jwks: isPublicKeys,
  grant_types: (value) => isListOf(value, (one) => grantTypes.includes(one)),
  scope: isScopes,
  id_token_signed_response_alg: (value) => value === 'RS256' || value === 'ES256',
  dpop_bound_access_tokens: isBoolean,
  require_pushed_authorization_requests: isBoolean,
  first_party: isBoolean,
  color: (value) => typeof value === 'string' && /^#[\da-f]{6}$/.test(value) && isReadable(value),
  logo: isAppLogo,
  resources: (value) =>
    isRecord(value) &&
    !Array.isArray(value) &&
    Object.entries(value).every(([url, scopes]) => isWebUrl(url) && isScopes(scopes)),
};

/** The reason for which a client is refused: the member, and the problem with it. */
export interface ClientProblem {
  readonly member: string;
  readonly reason: string;
}

/** Checks the description of an app, and completes it by the defaults; or says which member is wrong. */
export function parseOidcClient(input: unknown): OidcClient | ClientProblem {
  if (!isRecord(input)) return { member: 'client', reason: 'is no JSON object' };
  const whole: Readonly<Record<string, unknown>> = {
    client_name: input.client_id,
    application_type: 'web',
    token_endpoint_auth_method: input.application_type === 'native' ? 'none' : 'client_secret_basic',
    redirect_uris: [],
    grant_types: ['authorization_code', refreshToken],
    first_party: false,
    ...input,
  };
  for (const [member, value] of Object.entries(whole)) {
    if (!isMember(member)) return { member, reason: 'is no member of a client' };
    if (!members[member](value)) return { member, reason: reasonOf(member, value) };
  }
  return isClient(whole) ? (problemOf(whole) ?? whole) : { member: 'client_id', reason: 'is missing' };
}

/** An app as somebody describes it, with the bytes of its logo. */
export interface DescribedClient {
  readonly client: OidcClient;
  readonly logo: Buffer | undefined;
}

/** Checks the description of an app by somebody, whose logo is a data URL in `logo_uri`. */
export function parseClientDescription(input: unknown): DescribedClient | ClientProblem {
  if (!isRecord(input)) return { member: 'client', reason: 'is no JSON object' };
  const { logo_uri: url, color, ...rest } = input;
  if ('logo' in rest) return { member: 'logo', reason: 'is no member of a client: its picture is in logo_uri' };
  const logo = url === undefined ? undefined : parseAppLogoUrl(url);
  if (logo && 'reason' in logo) return { member: 'logo_uri', reason: `cannot be a logo: ${logo.reason}` };
  const client = parseOidcClient({
    ...rest,
    ...(color === undefined ? {} : { color: parseColor(String(color)) ?? color }),
    ...(logo ? { logo: logo.facts } : {}),
  });
  return isClientProblem(client) ? client : { client, logo: logo?.content };
}

function reasonOf(member: keyof OidcClient, value: unknown): string {
  if (member !== 'color') return 'has a value that is not valid';
  const color = parseColor(String(value));
  return color ? `cannot be used: ${unreadableReason(color)}` : 'is no colour such as #1d4ed8';
}

/** Whether a result of `parseOidcClient` is a refusal. */
export function isClientProblem(result: object): result is ClientProblem {
  return 'reason' in result;
}

/** The rules of redirect URIs (RFC 8252): exact ones, https; for native apps private schemes and the loopback interface, too. */
function problemOf(client: OidcClient): ClientProblem | undefined {
  const { redirect_uris: uris, grant_types: grants, token_endpoint_auth_method: method } = client;
  if (grants.includes('authorization_code') && uris.length === 0)
    return { member: 'redirect_uris', reason: 'has no URI, and the app needs at least one' };
  const wrong = uris.find((uri) => !isRedirect(uri, client.application_type));
  if (wrong !== undefined)
    return { member: 'redirect_uris', reason: `has ${wrong}, which is not allowed for the type` };
  if (method === 'private_key_jwt' && (client.jwks_uri === undefined) === (client.jwks === undefined))
    return { member: 'jwks_uri', reason: 'or jwks is missing, and private_key_jwt needs one of them' };
  return undefined;
}

function isRedirect(uri: string, type: OidcClient['application_type']): boolean {
  const { protocol, hostname, hash, username } = new URL(uri);
  if (hash !== '' || uri.includes('#') || username !== '' || uri.includes('*')) return false;
  if (protocol === 'https:') return hostname !== 'localhost' || type === 'web';
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'http:') return isLoopback;
  // a private scheme is the reversed name of a domain (RFC 8252, 7.1): any other could belong to another app
  return type === 'native' && protocol.includes('.');
}

function isMember(name: string): name is keyof OidcClient {
  return Object.hasOwn(members, name);
}

/** Each member has been checked by its rule. */
function isClient(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & OidcClient {
  return typeof value.client_id === 'string';
}

function isListOf(value: unknown, isItem: (item: string) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && isItem(item));
}

function isUri(text: string): boolean {
  return text.length <= 500 && /^[!-~]+$/.test(text) && URL.canParse(text);
}

function isWebUrl(value: unknown): boolean {
  return typeof value === 'string' && isUri(value) && /^https?:$/.test(new URL(value).protocol);
}

function isPublicKeys(value: unknown): boolean {
  const keys = isRecord(value) ? value.keys : undefined;
  const isPublic = (key: unknown) => isRecord(key) && ['EC', 'RSA'].includes(String(key.kty)) && !('d' in key);
  return Array.isArray(keys) && keys.length > 0 && keys.length <= 10 && keys.every(isPublic);
}

function isScopes(value: unknown): boolean {
  return typeof value === 'string' && /^[\w:./-]+( [\w:./-]+)*$/.test(value);
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}
