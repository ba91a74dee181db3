import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { isLocalRequest } from '../http/local-request.ts';
import { sendFailurePage, sendPage } from '../http/pages.tsx';
import { tellRetry } from '../http/problem.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { fieldWords } from '../http/words.ts';
import { readInviteCode } from '../invites/invite.ts';
import type { InvitedPhones } from '../invites/invited.ts';
import { formatPhoneNumber, type PhoneNumber, regions } from '../kit/phone-number.ts';
import { cookieCredential, forgetSession, sessionCookie } from '../sessions/cookie.ts';
import { endSessions } from '../sessions/store.ts';
import type { Inbox } from '../sms/inbox.ts';
import { codeLifeSeconds } from './challenge.ts';
import { CodeView } from './code-view.tsx';
import { deviceCookie, inviteCookie, type Pending, pendingCookie } from './cookies.ts';
import { numberGuesses } from './limits.ts';
import { LogoutView } from './logout-view.tsx';
import { PhoneView } from './phone-view.tsx';
import { type NumberNeeds, readNumber } from './read-number.ts';
import { type RequestCodeNeeds, requestCode } from './request-code.ts';
import { type VerifyCodeNeeds, verifyCode } from './verify-code.ts';
import { refusalSentence } from './words.ts';

/** What the pages of signing in need. */
export interface SignInPagesNeeds extends RequestCodeNeeds, VerifyCodeNeeds, NumberNeeds {
  readonly invitedPhones: InvitedPhones;
  readonly inbox: Inbox | undefined;
  readonly inboxReach?: 'loopback' | 'network';
}

const field = Type.Optional(Type.String());

/** The HTML door to signing in: the number, the code, the invite link, and signing out. */
export function signInPages(server: Server, needs: SignInPagesNeeds): void {
  server.get('/', (request, reply) =>
    cookieCredential(request) ? reply.redirect('/success/', 303) : sendPhone(request, reply, needs, {}),
  );

  server.get('/i/:code', { schema: { params: Type.Object({ code: Type.String() }) } }, (request, reply) => {
    const inviteCode = readInviteCode(request.params.code);
    if (inviteCode === undefined) return sendFailurePage(request, reply, { code: 'not_found' });
    inviteCookie.write(reply, inviteCode);
    return cookieCredential(request)
      ? reply.redirect('/success/', 303)
      : sendPhone(request, reply, needs, { inviteCode });
  });

  server.post('/', { schema: { body: Type.Object({ phone_number: field, region_code: field }) } }, (request, reply) => {
    const typed = request.body.phone_number ?? '';
    const region = request.body.region_code || undefined;
    const language = languageOf(request);
    if (typed.trim() === '')
      return sendPhone(request, reply, needs, { typed, region, error: fieldWords[language].required });
    const number = readNumber(needs, typed, region);
    if (number.ok) return askFrom(request, reply, needs, number.phoneNumber, { typed, region });
    const error =
      number.code === 'unknown_region' ? fieldWords[language].regionCode : refusalSentence(language, number);
    return sendPhone(request, reply, needs, { typed, region, error, offerRegions: true });
  });

  server.get('/confirm/', (request, reply) => {
    const pending = pendingOf(request, needs);
    if (!pending) return reply.redirect('/', 303);
    if (pending.sentAgain) pendingCookie.write(reply, { ...pending, sentAgain: false });
    return sendCode(request, reply, needs, pending, {});
  });

  server.post('/confirm/resend', async (request, reply) => {
    const pending = pendingOf(request, needs);
    return pending ? askFrom(request, reply, needs, pending.phoneNumber, { pending }) : reply.redirect('/', 303);
  });

  server.post('/confirm/', { schema: { body: Type.Object({ sms_code: field }) } }, async (request, reply) => {
    const pending = pendingOf(request, needs);
    if (!pending) return reply.redirect('/', 303);
    const typed = request.body.sms_code ?? '';
    const language = languageOf(request);
    if (typed.trim() === '') return sendCode(request, reply, needs, pending, { error: fieldWords[language].required });
    const invite = inviteCookie.read(request);
    const verified = await verifyCode(needs, {
      phoneNumber: pending.phoneNumber,
      code: typed,
      inviteCode: invite === undefined ? undefined : readInviteCode(invite),
      deviceToken: deviceCookie.read(request),
      address: request.ip,
      userAgent: request.headers['user-agent'],
    });
    if (!verified.ok) {
      const limited = verified.code === 'too_many_guesses';
      if (limited) tellRetry(reply, verified.retryInSeconds, numberGuesses);
      return sendCode(
        request,
        reply,
        needs,
        pending,
        { typed, error: refusalSentence(language, verified) },
        limited ? 429 : 400,
      );
    }
    sessionCookie.write(reply, verified.token);
    deviceCookie.write(reply, verified.deviceToken);
    pendingCookie.clear(reply);
    if (verified.created) inviteCookie.clear(reply);
    return reply.redirect('/success/', 303);
  });

  server.get('/logout/', (request, reply) => sendPage(reply, <LogoutView language={languageOf(request)} />));

  server.post('/logout/', async (request, reply) => {
    const credential = cookieCredential(request);
    if (credential) await endSessions(needs, credential, { which: 'this' });
    forgetSession(reply);
    return reply.redirect('/', 303);
  });
}

/** What the cookie holds, its number read as if it had been typed: a browser can change what it holds. */
function pendingOf(request: Request, needs: NumberNeeds): Pending | undefined {
  const pending = pendingCookie.read(request);
  if (!pending) return undefined;
  const number = readNumber(needs, pending.phoneNumber, undefined);
  return number.ok ? { ...pending, phoneNumber: number.phoneNumber } : undefined;
}

/** Asks for a code and goes on to its page. With the pause still running the code is under way: its page says when. */
async function askFrom(
  request: Request,
  reply: Reply,
  needs: SignInPagesNeeds,
  phoneNumber: PhoneNumber,
  from: { pending: Pending } | { typed: string; region: string | undefined },
): Promise<Reply> {
  const language = languageOf(request);
  const requested = await requestCode(needs, {
    phoneNumber,
    address: request.ip,
    deviceToken: deviceCookie.read(request),
    language,
  });
  if (requested.ok) {
    const { codeLength } = requested;
    const [expiresAt, resendAt] = [fromNow(requested.expiresIn), fromNow(requested.resendIn)];
    const { channel, nextChannel } = requested;
    const sentAgain = 'pending' in from;
    pendingCookie.write(reply, { phoneNumber, codeLength, expiresAt, resendAt, sentAgain, channel, nextChannel });
    return reply.redirect('/confirm/', 303);
  }
  const error = refusalSentence(language, requested);
  const resendAt = fromNow(requested.retryInSeconds);
  tellRetry(reply, requested.retryInSeconds, 'limit' in requested ? requested.limit : undefined);
  const status = requested.code === 'sending_busy' ? 503 : 429;
  if ('pending' in from) {
    const pending = { ...from.pending, resendAt };
    pendingCookie.write(reply, pending);
    return sendCode(request, reply, needs, pending, { resendError: error }, status);
  }
  if (!('limit' in requested) || requested.limit.name !== 'pause')
    return sendPhone(request, reply, needs, { ...from, error }, status);
  const known = pendingCookie.read(request);
  const before = known?.phoneNumber === phoneNumber ? known : undefined;
  pendingCookie.write(reply, {
    phoneNumber,
    codeLength: needs.codeLength,
    expiresAt: before?.expiresAt ?? fromNow(codeLifeSeconds),
    resendAt,
    sentAgain: false,
    channel: before?.channel ?? 'sms',
    nextChannel: before?.nextChannel ?? 'sms',
  });
  return reply.redirect('/confirm/', 303);
}

function sendPhone(
  request: Request,
  reply: Reply,
  needs: SignInPagesNeeds,
  shown: { typed?: string; region?: string | undefined; error?: string; offerRegions?: boolean; inviteCode?: string },
  status = shown.error ? 400 : 200,
): Reply {
  const language = languageOf(request);
  const invite = shown.inviteCode ?? inviteCookie.read(request);
  return sendPage(
    reply,
    <PhoneView
      language={language}
      phone={shown.typed}
      region={shown.region}
      regions={shown.offerRegions ? regions(language) : undefined}
      error={shown.error}
      inviteCode={invite === undefined ? undefined : readInviteCode(invite)}
      invitedPhonesFull={needs.invitedPhones === 'full'}
    />,
    status,
  );
}

async function sendCode(
  request: Request,
  reply: Reply,
  needs: SignInPagesNeeds,
  pending: Pending,
  shown: { typed?: string; error?: string; resendError?: string },
  status = shown.error ? 400 : 200,
): Promise<Reply> {
  const waits = pending.resendAt > Date.now();
  const isShown = needs.inbox && (needs.inboxReach === 'network' || isLocalRequest(request.raw));
  const [message] = (isShown && (await needs.inbox?.messages(pending.phoneNumber))) || [];
  return sendPage(
    reply,
    <CodeView
      language={languageOf(request)}
      phone={formatPhoneNumber(pending.phoneNumber)}
      channel={pending.channel}
      nextChannel={pending.nextChannel}
      codeLength={pending.codeLength}
      resendAt={waits ? new Date(pending.resendAt) : null}
      resendInSeconds={secondsUntil(pending.resendAt)}
      expiresInSeconds={secondsUntil(pending.expiresAt)}
      error={shown.error}
      resendError={shown.resendError}
      value={shown.typed}
      sentAgain={pending.sentAgain}
      devMessage={message}
    />,
    status,
  );
}

function fromNow(seconds: number): number {
  return Date.now() + seconds * 1000;
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
