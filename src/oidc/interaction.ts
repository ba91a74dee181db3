import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import type { AppLook } from '../http/branding.ts';
import type { Reply, Request } from '../http/server.ts';
import { isRecord } from '../kit/record.ts';
import { freshSeconds } from './claims.ts';
import type { PageSession } from './oidc-request.ts';
import { loginOfPage } from './page-login.ts';

/** An interaction of the library. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** An interaction with its surroundings. */
export interface FoundInteraction {
  readonly provider: Provider;
  readonly interaction: Interaction;
  readonly request: Request;
  readonly reply: Reply;
  readonly page: PageSession | undefined;
  /** The identity of the app. */
  readonly look: AppLook;
}

/** The interaction that the cookies of a request name; undefined if there is none, or if it has expired. */
export async function findInteraction(
  provider: Provider,
  { raw }: Request,
  reply: Reply,
): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(raw, reply.raw);
  } catch (error) {
    if (isRecord(error) && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/**
 * The login of a session of the pages, if the session fits the request: an app that wants a new or a fresh sign-in does not get
 * an earlier one.
 */
export function loginOf(
  interaction: Interaction,
  page: PageSession,
  amr: readonly string[],
): InteractionResults['login'] {
  const { reasons, details } = interaction.prompt;
  const isNew = details.page_created !== page.createdAt.getTime();
  const ageSeconds = (Date.now() - page.createdAt.getTime()) / 1000;
  const isFresh = ageSeconds < freshSeconds;
  if (reasons.some((reason) => needsNew.has(reason)) && !isNew) return undefined;
  if (reasons.includes('fresh') && !isNew && !isFresh) return undefined;
  if (reasons.includes('max_age') && !isNew && ageSeconds > Number(interaction.params.max_age)) return undefined;
  return loginOfPage(page, amr);
}

/** The reasons that only another session than that of the beginning removes. */
const needsNew = new Set([
  'login_prompt',
  'id_token_hint',
  'claims_id_token_sub_value',
  'essential_acr',
  'essential_acrs',
]);

/** Finishes an interaction, and returns the path that goes on. */
export async function finish(
  { provider, interaction, request, reply }: FoundInteraction,
  result: InteractionResults,
): Promise<string> {
  const { session } = interaction;
  if (session && result.login && session.accountId !== undefined && session.accountId !== result.login.accountId) {
    // the library keeps to the person of the beginning, and another one has signed in
    interaction.session = undefined;
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
  }
  const url = new URL(await provider.interactionResult(request.raw, reply.raw, result));
  return url.pathname + url.search;
}

/** The scopes that the consent page names: those that are new to the app. */
export function askedScopes({ prompt, params }: Interaction): readonly string[] {
  const { missingOIDCScope, missingResourceScopes } = prompt.details;
  const ofResources = isRecord(missingResourceScopes) ? Object.values(missingResourceScopes).flat() : [];
  const own = Array.isArray(missingOIDCScope) ? missingOIDCScope : [];
  const all = [...own, ...ofResources].map(String);
  return all.length > 0 ? all : String(params.scope ?? 'openid').split(' ');
}

/** Keeps what the person has allowed, and returns the path that goes on. */
export async function allowConsent(found: FoundInteraction): Promise<string> {
  const { provider, interaction, page } = found;
  const { grantId, prompt, params, session } = interaction;
  const accountId = session?.accountId;
  if (accountId === undefined || accountId !== page?.accountId)
    return finish(found, { error: 'access_denied', error_description: 'another person has signed in' });
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId, clientId: String(params.client_id) });
  const { missingOIDCScope: scopes, missingOIDCClaims: claims, missingResourceScopes: resources } = prompt.details;
  if (Array.isArray(scopes)) grant.addOIDCScope(scopes.join(' '));
  if (Array.isArray(claims)) grant.addOIDCClaims(claims);
  if (isRecord(resources))
    for (const [resource, asked] of Object.entries(resources))
      if (Array.isArray(asked)) grant.addResourceScope(resource, asked.join(' '));
  return finish(found, { consent: { grantId: await grant.save() } });
}
