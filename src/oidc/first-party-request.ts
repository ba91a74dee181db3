import { isRecord } from '../kit/record.ts';

/** The path of the endpoint (draft-ietf-oauth-first-party-apps). */
export const challengePath = '/authorize-challenge';

/** Stands for the redirect URI of a request that has none. No client can register it. */
export const noRedirectUri = 'urn:vouch:no-redirect';

/** The parameters of a form. `resource` alone may occur several times (RFC 8707). */
export type Form = Readonly<Record<string, string | readonly string[]>>;

/** A request to the endpoint that is about to be checked by the library. */
export interface ChallengeRequest {
  readonly form: Form;
  /** The form as the library gets it: an authorisation request. */
  readonly authorization: string;
  /** Whether the library shall keep the request for a page: see `needsPage`. */
  readonly isForPage: boolean;
}

/** The parameters of this endpoint, which are no part of an authorisation request. */
const ownParameters = ['auth_session', 'otp', 'resend', 'login_hint', 'region_code', 'invite_code'];
/** The parameters that prove the client each time anew. */
const credentials = ['client_secret', 'client_assertion', 'client_assertion_type', 'dpop_jkt'];

/** Whether a form enters a code, of which the message has already been paid for. */
export function entersCode(form: string): boolean {
  return /(?:^|&)otp=/.test(form) && /(?:^|&)auth_session=/.test(form);
}

/** Parses a form. A parameter without a value counts as left out (RFC 6749, 3.1); a repeated one is refused. */
export function parseForm(text: string): { readonly form: Form } | { readonly repeated: string } {
  const found = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === '') continue;
    const earlier = found.get(name);
    if (earlier !== undefined && name !== 'resource') return { repeated: name };
    found.set(name, earlier === undefined ? value : [earlier, value].flat());
  }
  return { form: Object.fromEntries(found) };
}

/** The value of a parameter that occurs once; undefined without one. */
export function textOf(form: Form, name: string): string | undefined {
  const value = Object.hasOwn(form, name) ? form[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The request as the library checks it: that of the auth session, if it goes on with one, with the proofs of this request. */
export function toChallenge(form: Form, earlier: Form | undefined): ChallengeRequest {
  const own = Object.entries(form).filter(([name]) => !ownParameters.includes(name));
  const whole = earlier
    ? { ...earlier, ...Object.fromEntries(own.filter(([name]) => credentials.includes(name))) }
    : { response_type: 'code', scope: 'openid', redirect_uri: noRedirectUri, ...Object.fromEntries(own) };
  const pairs = Object.entries(whole).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  const isForPage = textOf(whole, 'redirect_uri') !== noRedirectUri && needsPage(whole);
  return { form, authorization: new URLSearchParams(pairs).toString(), isForPage };
}

/** The authorisation request that later steps repeat, as the library has checked it. */
export function toStored(params: Readonly<Record<string, unknown>>): Form {
  const entries = Object.entries(params).filter(([name]) => ![...ownParameters, ...credentials].includes(name));
  return Object.fromEntries(
    entries.flatMap(([name, value]): [string, string | string[]][] =>
      typeof value === 'string' ? [[name, value]] : Array.isArray(value) ? [[name, value.map(String)]] : [],
    ),
  );
}

/** Whether a request names another client or another authorisation request than its auth session has. */
export function isOfAnother(form: Form, earlier: Form): boolean {
  return Object.entries(form).some(
    ([name, value]) =>
      ![...ownParameters, ...credentials].includes(name) &&
      name in earlier &&
      JSON.stringify([value].flat()) !== JSON.stringify([earlier[name]].flat()),
  );
}

/** Whether only a page can decide about a request: it asks for a consent, or for one person or level that a code may not give. */
export function needsPage(form: Form): boolean {
  if (textOf(form, 'prompt')?.split(' ').includes('consent')) return true;
  return form.id_token_hint !== undefined || hasNeededClaim(textOf(form, 'claims'));
}

function hasNeededClaim(text: string | undefined): boolean {
  const claims = text === undefined ? undefined : parsed(text);
  const idToken = isRecord(claims) ? claims.id_token : undefined;
  if (!isRecord(idToken)) return false;
  const [sub, acr] = [idToken.sub, idToken.acr];
  return (isRecord(sub) && sub.value !== undefined) || (isRecord(acr) && acr.essential === true);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
