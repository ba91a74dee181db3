import Type, { type Static, type TSchema } from 'typebox';
import { languageOf } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { leaveNotice, takeNotice } from '../http/notice.ts';
import { sendPage, sendProblemPage } from '../http/pages.tsx';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { parseCursor } from '../invites/invited.ts';
import { inviteRefusals } from '../invites/messages.ts';
import { redeem } from '../invites/redeem.ts';
import type { Language } from '../kit/language.ts';
import { formatPhoneNumber } from '../kit/phone-number.ts';
import { inviteCodeAttempts, limitedBy, profileConflicts, redeemAttempts } from '../limits/rules.ts';
import { isSessionId } from '../sessions/session.ts';
import { endSessions, findSessions, type SessionRow, type SessionSelector } from '../sessions/store.ts';
import { type AccountForm, goSignIn, withFormSession, withPageSession } from '../sessions/with-page-session.tsx';
import { dataPages } from './data-pages.tsx';
import { editProfile } from './edit-profile.ts';
import { type LeavePagesNeeds, leavePages } from './leave-pages.tsx';
import { profileRefusals } from './messages.ts';
import { pageMessages } from './page-messages.ts';
import type { ProfileErrors, ProfileValues } from './profile-form.tsx';
import { invitedPage } from './store.ts';
import { type Profile, type ProfileNeeds, viewProfile } from './view-profile.ts';
import { type AccountProps, AccountView } from './views.tsx';

/** The dependencies of the account pages. */
export interface ProfilePagesNeeds extends LeavePagesNeeds {
  /** The working invite of a link that this browser opened, if any, to be offered. */
  readonly offeredInvite: (request: Request) => Promise<{ code: string; text: string } | undefined>;
  /** Forgets the remembered invite, if it has this code. */
  readonly forgetInvite: (request: Request, reply: Reply, code: string) => void;
}

/** The people whom the page shows at first: few, since other sections follow. Further pages of the list are longer. */
const firstInvited = 10;

const text = Type.Optional(Type.String());
const forms = {
  profile: Type.Object({ account: text, username: text, first_name: text, last_name: text, email: text }),
  invite: Type.Object({ account: text, invite_code: text }),
  account: Type.Object({ account: text }),
  page: Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 200 })) }),
};

/** The HTML routes of an account: `/account/` and the actions of its forms. */
export function profilePages(server: Server, needs: ProfilePagesNeeds): void {
  server.get('/account/', { schema: { querystring: forms.page } }, (request, reply) => {
    const notice = takeNotice(request, reply, pageMessages.en.notices);
    return sendAccount(request, reply, needs, { notice, cursor: request.query.cursor });
  });
  // the address of the earlier service
  server.get('/success/', (request, reply) => reply.redirect(`/account/${queryOf(request.url)}`, 303));
  server.post(
    '/account/profile',
    { schema: { body: forms.profile }, config: limitedBy(profileConflicts) },
    (request, reply) => saveProfile(needs, request, reply),
  );
  server.post(
    '/account/invite_code',
    { schema: { body: forms.invite }, config: limitedBy(redeemAttempts, inviteCodeAttempts) },
    (request, reply) => redeemInvite(needs, request, reply),
  );
  const id = Type.Object({ id: Type.String() });
  server.post('/sessions/:id/end', { schema: { params: id, body: forms.account } }, (request, reply) =>
    isSessionId(request.params.id)
      ? end(needs, request, reply, { which: 'one', id: request.params.id })
      : sendProblemPage(request, reply, { code: 'not_found' }),
  );
  server.post('/sessions/end-others', { schema: { body: forms.account } }, (request, reply) =>
    end(needs, request, reply, { which: 'others' }),
  );
  dataPages(server, needs);
  leavePages(server, needs);
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}

type Form<T extends TSchema> = Request & { readonly body: Static<T> };

function saveProfile(needs: ProfilePagesNeeds, request: Form<typeof forms.profile>, reply: Reply): Promise<Reply> {
  const { account: _account, ...input } = request.body;
  return withFormSession(
    request,
    reply,
    () => goSignIn(reply, 'session_over_unsaved'),
    (credential) => editProfile(needs, credential, input),
    (outcome) => {
      if (outcome.ok) return done(reply, 'profile_saved');
      const { status, field, sentence } = explainRefusal(request, reply, profileRefusals, outcome);
      return sendAccount(request, reply, needs, { typed: input, errors: field ? { [field]: sentence } : {} }, status);
    },
  );
}

function redeemInvite(needs: ProfilePagesNeeds, request: Form<typeof forms.invite>, reply: Reply): Promise<Reply> {
  const value = request.body.invite_code ?? '';
  const isEmpty = value.trim() === '';
  return withFormSession(
    request,
    reply,
    () => goSignIn(reply, 'session_over_unsaved'),
    async (credential) => (isEmpty ? 'required' : redeem(needs, credential, value)),
    (outcome) => {
      if (outcome === 'required') {
        const error = validationMessages[languageOf(request)].required;
        return sendAccount(request, reply, needs, { redeem: { value, error } });
      }
      if (outcome.ok) {
        needs.forgetInvite(request, reply, outcome.inviteCode);
        return done(reply, 'invite_redeemed');
      }
      const { status, sentence } = explainRefusal(request, reply, inviteRefusals, outcome);
      return sendAccount(request, reply, needs, { redeem: { value, error: sentence } }, status);
    },
  );
}

function end(
  needs: ProfilePagesNeeds,
  request: AccountForm,
  reply: Reply,
  ending: Extract<SessionSelector, { which: 'one' | 'others' }>,
): Promise<Reply> {
  const notices = {
    one: { some: 'session_ended', none: 'session_over_before' },
    others: { some: 'others_ended', none: 'no_others' },
  } as const;
  return withFormSession(
    request,
    reply,
    () => goSignIn(reply, 'session_over'),
    (credential) => endSessions(needs, credential, ending),
    (count) => done(reply, notices[ending.which][count > 0 ? 'some' : 'none']),
  );
}

/** Redirects to the page, which shows the notice once. */
function done(reply: Reply, notice: keyof typeof pageMessages.en.notices): Reply {
  leaveNotice(reply, notice);
  return reply.redirect('/account/', 303);
}

interface Shown {
  readonly notice?: keyof typeof pageMessages.en.notices | undefined;
  readonly cursor?: string | undefined;
  readonly typed?: Partial<ProfileValues>;
  readonly errors?: ProfileErrors;
  readonly redeem?: { value: string; error: string };
}

function sendAccount(
  request: Request,
  reply: Reply,
  needs: ProfilePagesNeeds,
  shown: Shown,
  status = shown.errors || shown.redeem ? 400 : 200,
): Promise<Reply> {
  const cursor = shown.cursor === undefined ? undefined : parseCursor(shown.cursor);
  return withPageSession(
    request,
    reply,
    async (credential) => {
      // the statements are sent together, so that the page costs one round trip
      const [profile, sessions, remembered] = await Promise.all([
        viewProfile(needs, credential, cursor, cursor ? invitedPage : firstInvited),
        findSessions(needs, credential),
        needs.offeredInvite(request),
      ]);
      return profile && sessions && { profile, sessions, remembered, isFirstPage: cursor === undefined };
    },
    (account) => {
      const { publicUrl } = request.server;
      const language = languageOf(request);
      return sendPage(
        reply,
        <AccountView {...accountProps(account, shown, { ...needs, language, publicUrl })} />,
        status,
      );
    },
  );
}

interface AccountShown {
  readonly profile: Profile;
  readonly sessions: readonly SessionRow[];
  readonly remembered: { code: string; text: string } | undefined;
  readonly isFirstPage: boolean;
}

function accountProps(
  { profile, sessions, remembered, isFirstPage }: AccountShown,
  shown: Shown,
  {
    language,
    publicUrl,
    invitedPhones,
  }: Pick<ProfileNeeds, 'invitedPhones'> & { language: Language; publicUrl: string },
): AccountProps {
  const { ownCode: code, redeemedCode: redeemed, invited } = profile;
  const offered = redeemed === null && remembered?.code !== code ? remembered : undefined;
  return {
    language,
    account: profile.id,
    phone: formatPhoneNumber(profile.phoneNumber),
    invite: { code, link: `${publicUrl}/i/${code}` },
    redeemed: redeemed === null ? null : { code: redeemed, at: profile.redeemedAt },
    invitedPhonesFull: invitedPhones === 'full',
    invited: {
      people: invited.people.map((one) => ({
        name: one.firstName,
        phone: one.isMasked ? one.text : formatPhoneNumber(one.number),
        at: one.redeemedAt,
      })),
      count: profile.invitedCount,
      nextCursor: invited.cursor ?? undefined,
      isFirstPage,
    },
    profile: valuesOf(profile, shown.typed),
    profileErrors: shown.errors,
    redeem: shown.redeem ?? (offered && { value: offered.code, error: undefined, offered: offered.text }),
    sessions,
    notice: shown.notice,
  };
}

function valuesOf(
  { username, firstName, lastName, email }: Profile,
  input: Partial<ProfileValues> = {},
): ProfileValues {
  return {
    username: username ?? '',
    first_name: firstName ?? '',
    last_name: lastName ?? '',
    email: email ?? '',
    ...input,
  };
}
