import type { Deliveries } from '../deliveries/deliveries.ts';
import { languageOf } from '../http/language.ts';
import { isLocalRequest } from '../http/local-request.ts';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Request } from '../http/server.ts';
import type { InvitedPhones } from '../invites/invited.ts';
import { parseRememberedInvite, type RememberedInvite } from '../invites/remembered-invite.ts';
import type { Language } from '../kit/language.ts';
import { countryName, countryOf, formatPhoneNumber, type PhoneNumber, parsePhoneNumber } from '../kit/phone-number.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { Inbox } from '../sms/inbox.ts';
import { CodeView } from './code-view.tsx';
import { visitCookie } from './cookies.ts';
import { type CountryNeeds, countryChoice } from './country-choice.ts';
import { pageMessages } from './page-messages.ts';
import { formatPending, type PendingSignIn } from './pending-sign-in.ts';
import { PhoneView } from './phone-view.tsx';
import { type ReturnTo, readReturn } from './return-to.ts';

/** The dependencies of showing the two sign-in pages. */
export interface SendPageNeeds extends CountryNeeds {
  readonly keys: SecretKeys;
  readonly deliveries: Deliveries;
  readonly invitedPhones: InvitedPhones;
  readonly inbox: Inbox | undefined;
  readonly devInbox?: 'loopback' | 'network';
}

/** The variable content of the number page. */
export interface PhoneShown {
  readonly typed?: string | undefined;
  readonly region?: string | undefined;
  /** Whether the page offers all countries. */
  readonly allCountries?: boolean;
  /** The numbers that the text can be, if there are two. */
  readonly readings?: readonly PhoneNumber[] | undefined;
  readonly error?: string | undefined;
  readonly notice?: string | undefined;
  readonly invite?: RememberedInvite | undefined;
  readonly brokenInvite?: string;
  readonly path?: string;
}

/** Sends the number page. */
export function sendPhone(
  request: Request,
  reply: Reply,
  needs: SendPageNeeds,
  shown: PhoneShown,
  status = shown.error ? 400 : 200,
): Reply {
  const language = languageOf(request);
  const waiting = readReturn(request, needs.keys);
  const { typed, region } = shown.typed === undefined ? { region: shown.region, ...hintOf(waiting) } : shown;
  const { allCountries = false } = shown;
  if (visitCookie.read(request) === undefined) visitCookie.write(reply, '1');
  const left = takeNotice(request, reply, pageMessages[language].phoneNotices);
  return sendPage(
    reply,
    <PhoneView
      language={language}
      path={shown.path ?? '/'}
      phone={typed}
      choice={countryChoice(request, language, needs, { region, typed, all: allCountries })}
      readings={shown.readings?.map((number) => toReading(language, number))}
      error={shown.error}
      invite={shown.invite}
      brokenInvite={shown.brokenInvite}
      invitedPhonesFull={needs.invitedPhones === 'full'}
      waitingApp={waiting?.name}
      notice={shown.notice ?? (left && pageMessages[language].phoneNotices[left])}
    />,
    status,
  );
}

/** The number that an app expects (`login_hint`), in the form in which people write it; a national one has no country. */
function hintOf(waiting: ReturnTo | undefined): Pick<PhoneShown, 'typed' | 'region'> {
  const hint = waiting?.numberHint;
  if (!hint?.startsWith('+')) return { typed: hint };
  const number = parsePhoneNumber(hint, { region: undefined, defaultRegion: 'US', policy: 'possible' });
  if (!number.ok) return { typed: hint };
  return { typed: formatPhoneNumber(number.phoneNumber), region: countryOf(number.phoneNumber).region };
}

function toReading(language: Language, number: PhoneNumber) {
  const country = countryName(language, countryOf(number).region) ?? '';
  return { number, formatted: formatPhoneNumber(number), country };
}

/** The variable content of the code page. */
export interface CodeShown {
  readonly typed?: string;
  readonly error?: string;
  readonly resendError?: string;
  /** The seconds until another message, as a limit has just reported. */
  readonly resendIn?: number;
}

/** Sends the code page, with the time and the message state of the database. */
export async function sendCode(
  request: Request,
  reply: Reply,
  needs: SendPageNeeds,
  signIn: PendingSignIn,
  shown: CodeShown = {},
  status = shown.error ? 400 : 200,
): Promise<Reply> {
  const language = languageOf(request);
  const words = pageMessages[language];
  const { now, state, cause } = await needs.deliveries.state(signIn);
  const secondsUntil = (time: number) => Math.max(0, Math.ceil((time - now.getTime()) / 1000));
  const pending =
    shown.resendIn === undefined ? signIn : { ...signIn, resendAt: now.getTime() + shown.resendIn * 1000 };
  // the pause does not hold if the message is known not to have left; a limit that does hold has just been reported
  const wait = state === 'failed' && shown.resendIn === undefined ? 0 : secondsUntil(pending.resendAt);
  const isShown = needs.inbox && (needs.devInbox === 'network' || isLocalRequest(request.raw));
  const [message] = (isShown && (await needs.inbox?.messages(pending.phoneNumber))) || [];
  const invite = parseRememberedInvite(needs.keys, pending.invite);
  const visibility = needs.invitedPhones === 'full' ? words.invitedFull : words.invitedMasked;
  return sendPage(
    reply,
    <CodeView
      {...pendingProps(pending, readReturn(request, needs.keys))}
      language={language}
      otherChannels={needs.deliveries
        .channels(pending.phoneNumber)
        .filter((channel) => channel !== pending.nextChannel)}
      state={state}
      cause={cause}
      resendAt={wait > 0 ? new Date(pending.resendAt) : null}
      resendInSeconds={wait}
      expiresInSeconds={pending.expiresAt === 0 ? null : secondsUntil(pending.expiresAt)}
      invite={invite && { code: invite.code, sees: visibility }}
      error={shown.error}
      resendError={shown.resendError}
      value={shown.typed}
      notice={takeNotice(request, reply, words.notices)}
      devMessage={message}
    />,
    status,
  );
}

function pendingProps(pending: PendingSignIn, waiting: Pick<ReturnTo, 'name'> | undefined) {
  return {
    pending: formatPending(pending),
    phone: formatPhoneNumber(pending.phoneNumber),
    channel: pending.channel,
    nextChannel: pending.nextChannel,
    deliveryId: pending.deliveryId,
    codeLength: pending.codeLength,
    waitingApp: waiting?.name,
  };
}
