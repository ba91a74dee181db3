import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { JWK, KoaContextWithOIDC } from 'oidc-provider';
import type { Log } from '../kit/log.ts';
import { sameBytes } from '../kit/secret.ts';
import { cookieCredential } from '../sessions/cookie.ts';
import { endSessions } from '../sessions/store.ts';
import { rememberProof } from './adapter.ts';
import { isElsewhere } from './elsewhere.ts';
import { answerChallenges, type FirstPartyNeeds } from './first-party-answer.ts';
import { allowNoRedirectUri, withFirstParty } from './first-party-library.ts';
import { showGoOn, showLogout, showSubmission } from './library-pages.tsx';
import { librarySettings, type ProviderNeeds, routesOf } from './library-settings.ts';
import { currentOidcRequest } from './oidc-request.ts';
import { recordKey } from './record-key.ts';
import { finishRotation } from './rotation.ts';
import { keepAskedLanguage } from './sign-in-language.ts';
import { loadSigningKeys } from './signing-keys.ts';
import { endRecord } from './store.ts';

/** A provider with the keys of the moment. */
export interface OpenedProvider {
  readonly provider: Provider;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** The provider of a process. */
export interface OidcProvider {
  /** The provider, made when it is asked for first. */
  current(): Promise<OpenedProvider>;
  close(): void;
}

/** The dependencies of the provider and of the sign-in without a browser. */
type OpenProviderNeeds = ProviderNeeds & FirstPartyNeeds;

/** Keys that were rotated are in use in every process after this time. */
const reloadMs = 60_000;

/**
 * Opens the provider when it is asked for first: the library takes memory that an instance without apps does not need. A minute
 * after a rotation of the signing keys it is made anew, with the new ones.
 */
export function openProvider(needs: OpenProviderNeeds): OidcProvider {
  let opened: Promise<OpenedProvider> | undefined;
  let known = '';
  const make = async (): Promise<OpenedProvider> => {
    const keys = await loadSigningKeys(needs);
    known = idsOf(keys);
    return makeProvider(needs, keys);
  };
  const reload = async (): Promise<void> => {
    if (!opened) return;
    const keys = await loadSigningKeys(needs);
    if (idsOf(keys) === known) return;
    known = idsOf(keys);
    opened = makeProvider(needs, keys);
  };
  const timer = setInterval(() => {
    reload().catch((error: Error) => needs.log.warn({ err: error }, 'signing keys not reloaded'));
  }, reloadMs).unref();
  return {
    current: () => {
      opened ??= make().catch((error) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    close: () => clearInterval(timer),
  };
}

function idsOf(keys: readonly JWK[]): string {
  return keys.map(({ kid }) => kid).join(' ');
}

async function makeProvider(needs: OpenProviderNeeds, keys: readonly JWK[]): Promise<OpenedProvider> {
  const { default: Library, errors, interactionPolicy } = await loadLibrary(needs.log);
  const settings = librarySettings(needs, { errors, interactionPolicy }, keys);
  const provider = new (withFirstParty(Library))(needs.publicUrl, settings);
  // the headers of the request are ours: `api.ts`
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = compareSecret;
  // `logout-notices.ts` sends them, whatever ends a session
  Object.assign(provider.Client.prototype, { backchannelLogout: async () => undefined });
  provider.ReplayDetection.unique = rememberProof(needs, errors);
  allowNoRedirectUri(provider.Client);
  provider.use(keepAskedLanguage);
  provider.use(replaceRedirect);
  provider.use(endPageSession(needs));
  provider.use(finishRotation(needs));
  provider.use(replaceForms);
  provider.use(typeOnlyBodies);
  provider.use(answerChallenges(needs));
  provider.on('server_error', (_ctx, error) => needs.log.error({ err: error }, 'oidc request failed'));
  provider.onerror = (error) => needs.log.error({ err: error }, 'oidc request failed');
  return { provider, handle: provider.callback() };
}

/** The library warns on the console that its author tests newer releases of Node.js; our tests run it on this one. */
async function loadLibrary(log: Log): Promise<typeof import('oidc-provider')> {
  const { warn } = console;
  console.warn = (text: unknown) => log.debug({ text }, 'oidc library loaded');
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}

/** Compares a secret with the hashes that stand for it: during a rotation there are two. */
function compareSecret(this: { readonly clientSecret?: string | undefined }, actual: string): boolean {
  const hash = createHash('sha256').update(actual).digest();
  const hashes = (this.clientSecret ?? '').split(' ').map((text) => Buffer.from(text, 'hex'));
  return hashes.map((expected) => sameBytes(expected, hash)).includes(true);
}

/** Signing out at the request of an app ends the sign-ins of all apps in this browser, and the session of the pages. */
function endPageSession(needs: ProviderNeeds) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    if (ctx.path !== `${routesOf.end_session}/confirm` || ctx.status !== 303) return;
    if (ctx.oidc.params?.logout === undefined) return goToAccount(ctx);
    nameAppOfLogout(ctx);
    const grants = Object.values(ctx.oidc.session?.authorizations ?? {});
    for (const { grantId } of grants) if (grantId) await endRecord(needs, recordKey('Grant', grantId));
    const request = currentOidcRequest()?.request;
    const credential = request && cookieCredential(request);
    if (credential) await endSessions(needs, credential, { which: 'this' });
  };
}

/** A person who stays signed in is not told the opposite, unless an app waits for the answer. */
function goToAccount(ctx: KoaContextWithOIDC): void {
  if (!isElsewhere(ctx, ctx.response.get('location'))) ctx.set('location', new URL('/account/', ctx.href).href);
}

/** The page after a sign-out shows the app that has asked for it. */
function nameAppOfLogout(ctx: KoaContextWithOIDC): void {
  const location = ctx.response.get('location');
  if (isElsewhere(ctx, location) || !ctx.oidc.client) return;
  const target = new URL(location, ctx.href);
  target.searchParams.set('client_id', ctx.oidc.client.clientId);
  ctx.set('location', target.href);
}

/** A form of ours that ends at an app: its redirect becomes a page. */
async function replaceRedirect(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const target = ctx.response.get('location');
  if (ctx.method === 'POST' && ctx.status === 303 && isElsewhere(ctx, target)) showGoOn(ctx, target);
}

/** A page of the library that needs a script inside it is replaced by ours. */
async function replaceForms(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (typeof ctx.body !== 'string' || !ctx.body.includes('<title>Submitting Callback</title>')) return;
  // without a session of its own the library would sign out unasked, and the pages may have one
  if (ctx.oidc.route === 'end_session') showLogout(ctx, ctx.body);
  else showSubmission(ctx, ctx.body);
}

/** An empty response, such as that of a revocation (RFC 7009, 2.2), has no type: oidc-client-ts takes none but JSON. */
async function typeOnlyBodies(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.body === '') ctx.remove('content-type');
}
