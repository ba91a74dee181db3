import type { KoaContextWithOIDC } from 'oidc-provider';
import { isUnavailable } from '../db/unavailable.ts';
import { isRecord } from '../kit/record.ts';
import { newChallengeToken } from '../sign-in/challenge-token.ts';
import { messageLanguage } from '../sign-in/message-language.ts';
import { type NumberNeeds, parseNumber } from '../sign-in/parse-number.ts';
import { type RequestCodeNeeds, requestCode } from '../sign-in/request-code.ts';
import type { AuthSession, SentCode } from './auth-session.ts';
import { type ChallengeAnswer, refusalAnswer } from './first-party-refusals.ts';
import { needsPage, noRedirectUri, textOf, toStored } from './first-party-request.ts';
import { keepAuthSession, newAuthSessionId } from './first-party-session.ts';
import { enterCode, type FirstPartySignInNeeds } from './first-party-sign-in.ts';
import { isFirstParty } from './login-policy.ts';
import { currentOidcRequest, type OidcRequest, type RunningChallenge } from './oidc-request.ts';

/** The dependencies of signing in without a browser. */
export interface FirstPartyNeeds extends FirstPartySignInNeeds, RequestCodeNeeds, NumberNeeds {}

/** A request that the library has checked: its client, its key, its parameters. */
interface Checked {
  readonly ctx: KoaContextWithOIDC;
  readonly running: OidcRequest;
  readonly challenge: RunningChallenge;
  /** The key that the request names or proves. */
  readonly jkt: string | undefined;
  readonly hasProof: boolean;
}

/** Answers the requests of the authorization challenge endpoint after the library has checked them. */
export function answerChallenges(needs: FirstPartyNeeds) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const running = currentOidcRequest();
    if (!running?.challenge || ctx.status !== 201) return;
    const jkt = ctx.oidc.params?.dpop_jkt;
    const checked = {
      ctx,
      running,
      challenge: running.challenge,
      jkt: typeof jkt === 'string' ? jkt : undefined,
      hasProof: ctx.get('DPoP') !== '',
    };
    const answer = await answerTo(needs, checked).catch((error: unknown) => failure(needs, error));
    ctx.status = answer.status;
    ctx.set(answer.headers ?? {});
    ctx.body = answer.body;
  };
}

function failure({ log }: FirstPartyNeeds, error: unknown): ChallengeAnswer {
  if (isUnavailable(error) || (isRecord(error) && error.error === 'temporarily_unavailable'))
    return { status: 503, headers: { 'retry-after': '5' }, body: { error: 'temporarily_unavailable' } };
  log.error({ err: error }, 'oidc request failed');
  return { status: 500, body: { error: 'server_error' } };
}

async function answerTo(needs: FirstPartyNeeds, checked: Checked): Promise<ChallengeAnswer> {
  const { ctx, challenge } = checked;
  if (!isFirstParty(ctx)) return refused('unauthorized_client', 'the app is not marked as first-party');
  if (challenge.found && !hasSameKey(challenge.found.session, checked))
    return refused('invalid_session', 'the auth_session is bound to another key');
  if (ctx.oidc.prompts.has('none')) return refused('login_required', 'prompt=none shows no field for a code');
  if (needsPage(toStored(ctx.oidc.params ?? {}))) return redirectToWeb(ctx);
  const found = challenge.found;
  if (!found || challenge.step === 'begin') return begin(needs, checked);
  const { id, session, now } = found;
  if (challenge.step === 'look') return codeNeeded(id, session, now);
  if (challenge.step === 'resend') return sendCode(needs, checked, id, session);
  return enterCode(needs, { ...checked, found }, codeFacts(session, now));
}

/** The key of the first request is that of all others; a key that was proved once is proved each time (RFC 9449, 10.1). */
function hasSameKey({ jkt, needsProof }: AuthSession, checked: Checked): boolean {
  if (jkt === undefined) return true;
  return checked.jkt === jkt && (checked.hasProof || !needsProof);
}

function refused(error: string, reason: string): ChallengeAnswer {
  return { status: 400, body: { error, error_description: reason } };
}

/** The app goes on with a page: by the request that the library has kept, if the app has named a place to return to. */
function redirectToWeb({ oidc, body }: KoaContextWithOIDC): ChallengeAnswer {
  const pushed = isRecord(body) && oidc.params?.redirect_uri !== noRedirectUri ? body : {};
  return { status: 400, body: { error: 'redirect_to_web', error_description: 'only a page can decide', ...pushed } };
}

/** Starts a sign-in: with the number of the request, or of the session that has ended. */
async function begin(needs: FirstPartyNeeds, checked: Checked): Promise<ChallengeAnswer> {
  const { running, challenge, ctx } = checked;
  const { request, reply } = running;
  const earlier = challenge.found?.session;
  const text = textOf(challenge.form, 'login_hint') ?? earlier?.phoneNumber;
  if (text === undefined)
    return {
      status: 400,
      body: { error: 'insufficient_authorization', error_description: 'login_hint, a number, is needed' },
    };
  const number = parseNumber(needs, text, textOf(challenge.form, 'region_code'));
  if (!number.ok) return refusalAnswer(request, reply, number);
  const stored = toStored(ctx.oidc.params ?? {});
  const goesOn =
    earlier &&
    !earlier.isFinished &&
    earlier.phoneNumber === number.phoneNumber &&
    earlier.request.code_challenge === stored.code_challenge;
  const header = request.headers['device-token'];
  return sendCode(needs, checked, newAuthSessionId(), {
    clientId: String(ctx.oidc.client?.clientId),
    request: stored,
    jkt: checked.jkt,
    needsProof: checked.hasProof,
    phoneNumber: number.phoneNumber,
    challengeToken: goesOn ? earlier.challengeToken : newChallengeToken(),
    deviceToken: typeof header === 'string' ? header : earlier?.deviceToken,
    isFinished: false,
  });
}

/** Sends the code of the asker, and keeps the session that waits for it. */
async function sendCode(
  needs: FirstPartyNeeds,
  { running: { request, reply }, challenge }: Checked,
  id: string,
  session: Omit<AuthSession, 'code'>,
): Promise<ChallengeAnswer> {
  const { phoneNumber, challengeToken, deviceToken } = session;
  const language = messageLanguage(request, phoneNumber);
  const requested = await requestCode(needs, {
    phoneNumber,
    clientIp: request.ip,
    challengeToken,
    deviceToken,
    language,
  });
  if (!requested.ok)
    return refusalAnswer(request, reply, requested, challenge.step === 'resend' ? { auth_session: id } : {});
  const now = requested.now.getTime();
  const code: SentCode = {
    length: requested.codeLength,
    expiresAt: now + requested.expiresIn * 1000,
    resendAt: now + requested.resendIn * 1000,
    channel: requested.channel,
    nextChannel: requested.nextChannel,
  };
  const waiting = { ...session, code };
  await keepAuthSession(needs.db, id, waiting);
  return codeNeeded(id, waiting, now);
}

function codeNeeded(id: string, session: AuthSession, now: number): ChallengeAnswer {
  const facts = { auth_session: id, ...codeFacts(session, now) };
  return {
    status: 400,
    body: {
      error: 'insufficient_authorization',
      error_description: 'otp, the code of the message, is needed',
      ...facts,
    },
  };
}

/** The facts of a code, as the API tells them. */
function codeFacts({ phoneNumber, code }: AuthSession, now: number) {
  const secondsUntil = (time: number) => Math.max(0, Math.round((time - now) / 1000));
  return {
    phone_number: phoneNumber,
    code_length: code.length,
    expires_in: secondsUntil(code.expiresAt),
    resend_in: secondsUntil(code.resendAt),
    channel: code.channel,
    next_channel: code.nextChannel,
  };
}
