import Type, { type Static } from 'typebox';
import { type Compressed, sendCompressed, toCompressed } from '../http/assets.ts';
import { languageCookie, languageOf, preferredLanguage } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { leaveNotice } from '../http/notice.ts';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { pageMessages as inviteMessages } from '../invites/page-messages.ts';
import { parseRememberedInvite } from '../invites/remembered-invite.ts';
import { isInviteOpen } from '../invites/store.ts';
import { type Language, languages } from '../kit/language.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { newChallengeToken } from './challenge-token.ts';
import { inviteCookie, visitCookie } from './cookies.ts';
import { preselectedRegion, servedCountries } from './country-choice.ts';
import { forgetInvite } from './invite-pages.tsx';
import { messageLanguage } from './message-language.ts';
import { signInRefusals } from './messages.ts';
import { toEntry } from './number-form.tsx';
import { pageMessages } from './page-messages.ts';
import { type PhoneShown, type SendPageNeeds, sendPhone } from './page-replies.tsx';
import type { NumberNeeds } from './parse-number.ts';
import { type PendingSignIn, pendingCookie } from './pending-sign-in.ts';
import { readNumber } from './read-number.ts';
import { type RequestCodeNeeds, requestCodeLimits } from './request-code.ts';
import { requestCodeByPage } from './request-code-by-page.ts';

/** The dependencies of the number page. */
export type NumberPagesNeeds = RequestCodeNeeds & NumberNeeds & SendPageNeeds;

const text = Type.Optional(Type.String());
const form = Type.Object({
  phone_number: text,
  region_code: text,
  invite: text,
  without_invite: text,
  cookies: text,
});

/** Mounts the form of the number. It acts on the invite that its page showed, or on none if the page showed none. */
export function numberPages(server: Server, needs: NumberPagesNeeds): void {
  server.post('/', { schema: { body: form }, config: requestCodeLimits(needs) }, (request, reply) =>
    enterNumber(request, reply, needs),
  );

  server.post('/countries/', { schema: { body: form } }, async (request, reply) => {
    const { phone_number: typed, region_code: region, invite } = request.body;
    const remembered = parseRememberedInvite(needs.keys, invite ?? inviteCookie.read(request));
    return sendPhone(request, reply, needs, { typed, region, invite: remembered, allCountries: true });
  });

  for (const language of languages) mountCountries(server, needs, language);
}

/** The list for the script of the page, made when it is first requested: the numbering plans load slowly. */
function mountCountries(server: Server, needs: NumberPagesNeeds, language: Language): void {
  let list: Compressed | undefined;
  server.get(`/countries/${language}`, (request, reply) => {
    const entries = () => JSON.stringify(servedCountries(language, needs).map(toEntry));
    list ??= toCompressed('application/json; charset=utf-8', Buffer.from(entries()));
    return sendCompressed(request, reply.header('cache-control', 'public, max-age=3600'), list);
  });
}

async function enterNumber(
  request: Request & { readonly body: Static<typeof form> },
  reply: Reply,
  needs: NumberPagesNeeds,
): Promise<Reply> {
  const { body } = request;
  const typed = body.phone_number ?? '';
  const region = body.region_code || undefined;
  const words = pageMessages[languageOf(request)];
  const invite = parseRememberedInvite(needs.keys, body.invite ?? inviteCookie.read(request));
  if (body.cookies !== undefined && visitCookie.read(request) === undefined)
    return sendPhone(request, reply, needs, { typed, region, invite, error: words.cookiesOff });
  if (!invite) return askForNumber(request, reply, needs, { typed, region });
  if (body.without_invite === undefined) {
    if (await isInviteOpen(needs.db, invite)) return askForNumber(request, reply, needs, { typed, region, invite });
    // nothing is sent before the person knows that they would sign up without it
    forgetInvite(request, reply, needs, invite.code);
    const brokenInvite = inviteMessages[languageOf(request)].brokenText;
    return sendPhone(request, reply, needs, { typed, region, brokenInvite }, 400);
  }
  forgetInvite(request, reply, needs, invite.code);
  if (typed.trim() !== '') return askForNumber(request, reply, needs, { typed, region });
  return sendPhone(request, reply, needs, { region, notice: words.phoneNotices.invite_declined });
}

/** Parses the submitted number, requests its code and redirects to the code page; an error is shown on this page. */
async function askForNumber(
  request: Request,
  reply: Reply,
  needs: NumberPagesNeeds,
  shown: Pick<PhoneShown, 'typed' | 'region' | 'invite'>,
): Promise<Reply> {
  const language = languageOf(request);
  const { typed = '', region, invite } = shown;
  if (typed.trim() === '')
    return sendPhone(request, reply, needs, { ...shown, error: validationMessages[language].required });
  const number = readNumber(needs, typed, region ?? preselectedRegion(request, language, needs));
  if (!number.ok && number.code === 'two_readings') {
    const { readings } = number;
    return sendPhone(request, reply, needs, { ...shown, error: pageMessages[language].twoReadings, readings });
  }
  if (!number.ok) {
    const { sentence, status } = explainRefusal(request, reply, signInRefusals, number);
    return sendPhone(request, reply, needs, { ...shown, error: sentence, allCountries: true }, status);
  }
  const { phoneNumber } = number;
  const before = pendingCookie.read(request, needs);
  // a browser is one asker, whichever number it asks for
  const challengeToken = before?.challengeToken ?? newChallengeToken();
  const asked = { phoneNumber, challengeToken, invite: invite?.text };
  const result = await requestCodeByPage(request, needs, asked);
  if (result.ok) keepLanguage(request, reply, phoneNumber);
  if (result.ok) {
    pendingCookie.write(reply, result.pending);
    return reply.redirect('/confirm/', 303);
  }
  const { refusal } = result;
  if (refusal.code !== 'too_many_messages' || refusal.limit.name !== 'pause' || !refusal.now) {
    const { sentence, status } = explainRefusal(request, reply, signInRefusals, refusal);
    return sendPhone(request, reply, needs, { ...shown, error: sentence }, status);
  }
  const resendAt = refusal.now.getTime() + refusal.retryInSeconds * 1000;
  return showUnderWay(reply, before, { ...asked, resendAt });
}

/** The pages go on in the language of the message, if the browser names none of ours. */
function keepLanguage(request: Request, reply: Reply, phoneNumber: PhoneNumber): void {
  if (preferredLanguage(request) !== undefined) return;
  const language = messageLanguage(request, phoneNumber);
  if (language !== request.server.defaultLocale) languageCookie.write(reply, language);
}

/** During the pause of a browser its code is on its way; the expiry is known for the number that it asked for last. */
function showUnderWay(
  reply: Reply,
  before: PendingSignIn | undefined,
  asked: Pick<PendingSignIn, 'phoneNumber' | 'challengeToken' | 'resendAt' | 'invite'>,
): Reply {
  const known = before?.phoneNumber === asked.phoneNumber ? before : undefined;
  const unknown = {
    codeLength: null,
    expiresAt: 0,
    channel: 'sms',
    nextChannel: 'sms',
    deliveryId: undefined,
  } as const;
  pendingCookie.write(reply, { ...(known ?? unknown), ...asked });
  leaveNotice(reply, 'under_way');
  return reply.redirect('/confirm/', 303);
}
