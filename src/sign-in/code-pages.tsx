import Type from 'typebox';
import { toClient } from '../http/client.ts';
import { languageOf } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { leaveNotice } from '../http/notice.ts';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { parseRememberedInvite } from '../invites/remembered-invite.ts';
import { countryOf, formatPhoneNumber } from '../kit/phone-number.ts';
import { limitedBy, networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import { cookieCredential, eraseNextCookie, sessionCookie } from '../sessions/cookie.ts';
import { keepDeviceTokens } from '../sessions/trusted-device.ts';
import { deviceCookie, inviteCookie, visitCookie } from './cookies.ts';
import { forgetInvite } from './invite-pages.tsx';
import { signInRefusals } from './messages.ts';
import { pageMessages } from './page-messages.ts';
import { type SendPageNeeds, sendCode, sendPhone } from './page-replies.tsx';
import type { NumberNeeds } from './parse-number.ts';
import { type PendingSignIn, parsePending, pendingCookie } from './pending-sign-in.ts';
import { type RequestCodeNeeds, requestCodeLimits } from './request-code.ts';
import { requestCodeByPage } from './request-code-by-page.ts';
import { returnPath } from './return-pages.tsx';
import { readReturn } from './return-to.ts';
import { type VerifyCodeNeeds, verifyCode } from './verify-code.ts';

/** The dependencies of the code page. */
export type CodePagesNeeds = RequestCodeNeeds & VerifyCodeNeeds & NumberNeeds & SendPageNeeds;

const text = Type.Optional(Type.String());
const forms = {
  pending: Type.Object({ pending: text }),
  resend: Type.Object({ pending: text, channel: text }),
  code: Type.Object({ pending: text, sms_code: text }),
};

/** The page `/confirm/` and its forms, each of which acts on the sign-in that it carries. */
export function codePages(server: Server, needs: CodePagesNeeds): void {
  server.get('/confirm/', (request, reply) => {
    const pending = pendingCookie.read(request, needs);
    return pending ? sendCode(request, reply, needs, pending) : reply.redirect('/', 303);
  });

  server.post(
    '/confirm/resend',
    { schema: { body: forms.resend }, config: requestCodeLimits(needs) },
    (request, reply) =>
      ofPending(request, reply, needs, (pending) => askAgain(request, reply, needs, pending, request.body.channel)),
  );

  server.post('/confirm/show', { schema: { body: forms.pending } }, (request, reply) =>
    ofPending(request, reply, needs, async (pending) => {
      pendingCookie.write(reply, pending);
      return reply.redirect('/confirm/', 303);
    }),
  );

  server.post('/confirm/number', { schema: { body: forms.pending } }, (request, reply) =>
    ofPending(request, reply, needs, async ({ phoneNumber, invite }) =>
      sendPhone(request, reply, needs, {
        typed: formatPhoneNumber(phoneNumber),
        region: countryOf(phoneNumber).region,
        invite: parseRememberedInvite(needs.keys, invite),
      }),
    ),
  );

  server.post(
    '/confirm/',
    { schema: { body: forms.code }, config: limitedBy(networkGuesses, testNumberGuesses) },
    (request, reply) =>
      ofPending(request, reply, needs, (pending) =>
        enterCode(request, reply, needs, pending, request.body.sms_code ?? ''),
      ),
  );

  server.post('/confirm/state', { schema: { body: forms.pending } }, async (request, reply) => {
    const pending = parsePending(request.body.pending, needs);
    const { state, cause } = pending ? await needs.deliveries.state(pending) : { state: null, cause: null };
    return reply.send({ state, ...(cause && { cause }) });
  });
}

/** Keeps the sign-in of a form for the page after a change of language. */
export function keepPending(reply: Reply, text: string, needs: NumberNeeds): void {
  const pending = parsePending(text, needs);
  if (pending) pendingCookie.write(reply, pending);
}

/** Acts on the sign-in of the form, or on the one that the browser remembers if the form has none. */
async function ofPending(
  request: Request & { readonly body: { readonly pending?: string } },
  reply: Reply,
  needs: CodePagesNeeds,
  run: (pending: PendingSignIn) => Promise<Reply>,
): Promise<Reply> {
  const formPending = request.body.pending;
  const remembered = pendingCookie.read(request, needs);
  const pending = formPending === undefined ? remembered : parsePending(formPending, needs);
  if (!pending) return reply.redirect('/', 303);
  if (remembered || visitCookie.read(request) !== undefined) return run(pending);
  const typed = formatPhoneNumber(pending.phoneNumber);
  const { region } = countryOf(pending.phoneNumber);
  const invite = parseRememberedInvite(needs.keys, pending.invite);
  return sendPhone(request, reply, needs, {
    typed,
    region,
    invite,
    error: pageMessages[languageOf(request)].cookiesOff,
  });
}

/** Requests the code of a pending sign-in again, by the channel that the person chose, if it leads to the number. */
async function askAgain(
  request: Request,
  reply: Reply,
  needs: CodePagesNeeds,
  pending: PendingSignIn,
  chosen: string | undefined,
): Promise<Reply> {
  const channel = needs.deliveries.channels(pending.phoneNumber).find((one) => one === chosen);
  const result = await requestCodeByPage(request, needs, pending, channel);
  if (result.ok) {
    pendingCookie.write(reply, result.pending);
    leaveNotice(reply, result.isNew ? 'sent_new' : 'sent_again');
    return reply.redirect('/confirm/', 303);
  }
  const { refusal } = result;
  const { sentence, status } = explainRefusal(request, reply, signInRefusals, refusal);
  const wait = 'retryInSeconds' in refusal ? { resendIn: refusal.retryInSeconds } : {};
  return sendCode(request, reply, needs, pending, { resendError: sentence, ...wait }, status);
}

async function enterCode(
  request: Request,
  reply: Reply,
  needs: CodePagesNeeds,
  pending: PendingSignIn,
  code: string,
): Promise<Reply> {
  const language = languageOf(request);
  if (code.trim() === '')
    return refuseCode(request, reply, needs, pending, { error: validationMessages[language].required });
  const invite = parseRememberedInvite(needs.keys, pending.invite);
  const verified = await verifyCode(needs, {
    phoneNumber: pending.phoneNumber,
    challengeToken: pending.challengeToken,
    code,
    inviteCode: invite?.code,
    inviteOpenedAt: invite?.openedAt,
    deviceToken: deviceCookie.read(request),
    previous: cookieCredential(request),
    client: toClient(request),
  });
  if (!verified.ok) {
    const { sentence, status } = explainRefusal(request, reply, signInRefusals, verified);
    return refuseCode(request, reply, needs, pending, { typed: code, error: sentence }, status);
  }
  sessionCookie.write(reply, verified.token);
  deviceCookie.write(reply, keepDeviceTokens(deviceCookie.read(request), verified.deviceToken));
  pendingCookie.clear(reply);
  if (invite && verified.created) {
    forgetInvite(request, reply, needs, invite.code);
    if (!verified.invited) leaveNotice(reply, 'invite_not_redeemed');
  }
  if (invite && !verified.created) inviteCookie.write(reply, invite.text);
  if (eraseNextCookie.read(request) === undefined) return leaveFor(request, reply, homeOf(request, needs));
  eraseNextCookie.clear(reply);
  return leaveFor(request, reply, '/account/delete/');
}

/** The page after a sign-in: that of the app that waits for it, or the account. */
function homeOf(request: Request, { keys }: CodePagesNeeds): string {
  return readReturn(request, keys) ? returnPath : '/account/';
}

/** Whether the script of the page submitted the form, and shows the result itself. */
function isScript({ headers }: Request): boolean {
  return headers.accept === 'application/json';
}

/** Sends the browser to the next page, or its path to the script. */
function leaveFor(request: Request, reply: Reply, location: string): Reply {
  return isScript(request) ? reply.send({ location }) : reply.redirect(location, 303);
}

/** Shows the error on the page; the script gets the sentence alone, or the path of the page once the code has expired. */
async function refuseCode(
  request: Request,
  reply: Reply,
  needs: CodePagesNeeds,
  pending: PendingSignIn,
  shown: { readonly typed?: string; readonly error: string },
  status = 400,
): Promise<Reply> {
  if (!isScript(request)) return sendCode(request, reply, needs, pending, shown, status);
  const { now } = await needs.deliveries.state(pending);
  const isExpired = pending.expiresAt !== 0 && pending.expiresAt <= now.getTime();
  if (!isExpired) return reply.code(status).send({ error: shown.error });
  pendingCookie.write(reply, pending);
  return reply.send({ location: '/confirm/' });
}
