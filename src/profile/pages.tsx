import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { leaveNotice, takeNotice } from '../http/notice.ts';
import { sendPage, sendProblemPage } from '../http/pages.tsx';
import { setRetryAfter } from '../http/problem.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { readCursor } from '../invites/invited.ts';
import { redeemSentence } from '../invites/messages.ts';
import { redeem } from '../invites/redeem.ts';
import { formatPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { profileConflicts } from '../limits/rules.ts';
import { cookieCredential } from '../sessions/cookie.ts';
import { credentialOfForm, sendAnotherAccount } from '../sessions/page-account.tsx';
import { isSessionId } from '../sessions/session.ts';
import { endSessions, sessionsOf } from '../sessions/store.ts';
import { editProfile } from './edit-profile.ts';
import { goSignIn, leavePages } from './leave-pages.tsx';
import { profileLimitSentence, refusedField } from './messages.ts';
import { pageWords } from './page-messages.ts';
import type { ProfileErrors, ProfileValues } from './profile-form.tsx';
import { type Profile, type ProfileNeeds, viewProfile } from './view-profile.ts';
import { SuccessView } from './views.tsx';

/** The dependencies of the account pages. */
export interface ProfilePagesNeeds extends ProfileNeeds {
  /** The working invite of a link that this browser opened, if any, to be offered. */
  readonly offeredInvite: (request: Request) => Promise<{ code: string; text: string } | undefined>;
  /** Forgets the remembered invite, if it has this code. */
  readonly forgetInvite: (request: Request, reply: Reply, code: string) => void;
}

const text = Type.Optional(Type.String());
const forms = {
  profile: Type.Object({ account: text, username: text, first_name: text, last_name: text, email: text }),
  invite: Type.Object({ account: text, invite_code: text }),
  account: Type.Object({ account: text }),
  page: Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 200 })) }),
};

/** The HTML routes of an account: `/success/` and the actions of its forms. */
export function profilePages(server: Server, needs: ProfilePagesNeeds): void {
  server.get('/success/', { schema: { querystring: forms.page } }, (request, reply) => {
    const notice = takeNotice(request, reply, pageWords.en.notices);
    return sendSuccess(request, reply, needs, { notice, cursor: request.query.cursor });
  });

  server.post('/success/profile', { schema: { body: forms.profile } }, async (request, reply) => {
    const { account, ...typed } = request.body;
    const credential = credentialOfForm(request, account);
    if (credential === 'another_account') return sendAnotherAccount(request, reply);
    if (!credential) return goSignIn(reply, 'session_over_unsaved');
    const outcome = await editProfile(needs, credential, typed);
    if (outcome.ok) return done(reply, 'profile_saved');
    if (outcome.code === 'unauthenticated') return goSignIn(reply, 'session_over_unsaved');
    const language = languageOf(request);
    if (outcome.code === 'too_many_profile_attempts') {
      setRetryAfter(reply, outcome.retryInSeconds, profileConflicts);
      const username = profileLimitSentence(language, outcome.retryInSeconds);
      return sendSuccess(request, reply, needs, { typed, errors: { username } }, 429);
    }
    const { field, sentence } = refusedField(language, outcome);
    return sendSuccess(request, reply, needs, { typed, errors: { [field]: sentence } });
  });

  server.post('/success/invite_code', { schema: { body: forms.invite } }, async (request, reply) => {
    const credential = credentialOfForm(request, request.body.account);
    if (credential === 'another_account') return sendAnotherAccount(request, reply);
    if (!credential) return goSignIn(reply, 'session_over_unsaved');
    const value = request.body.invite_code ?? '';
    const language = languageOf(request);
    if (value.trim() === '') {
      return sendSuccess(request, reply, needs, { redeem: { value, error: validationMessages[language].required } });
    }
    const outcome = await redeem(needs, credential, value);
    if (outcome.ok) {
      needs.forgetInvite(request, reply, outcome.inviteCode);
      return done(reply, 'invite_redeemed');
    }
    if (outcome.code === 'unauthenticated') return goSignIn(reply, 'session_over_unsaved');
    const limited = outcome.code === 'too_many_redeem_attempts';
    if (limited) setRetryAfter(reply, outcome.retryInSeconds, outcome.limit);
    return sendSuccess(
      request,
      reply,
      needs,
      { redeem: { value, error: redeemSentence(language, outcome) } },
      limited ? 429 : 400,
    );
  });

  const id = Type.Object({ id: Type.String() });
  server.post('/sessions/:id/end', { schema: { params: id, body: forms.account } }, async (request, reply) => {
    const credential = credentialOfForm(request, request.body.account);
    if (credential === 'another_account') return sendAnotherAccount(request, reply);
    if (!isSessionId(request.params.id)) return sendProblemPage(request, reply, { code: 'not_found' });
    const ended = credential && (await endSessions(needs, credential, { which: 'one', id: request.params.id }));
    if (ended === undefined) return goSignIn(reply, 'session_over');
    return done(reply, ended > 0 ? 'session_ended' : 'session_over_before');
  });

  server.post('/sessions/end-others', { schema: { body: forms.account } }, async (request, reply) => {
    const credential = credentialOfForm(request, request.body.account);
    if (credential === 'another_account') return sendAnotherAccount(request, reply);
    const ended = credential && (await endSessions(needs, credential, { which: 'others' }));
    if (ended === undefined) return goSignIn(reply, 'session_over');
    return done(reply, ended > 0 ? 'others_ended' : 'no_others');
  });

  leavePages(server, needs);
}

/** Redirects to the page, which shows the notice once. */
function done(reply: Reply, notice: keyof typeof pageWords.en.notices): Reply {
  leaveNotice(reply, notice);
  return reply.redirect('/success/', 303);
}

interface Shown {
  readonly notice?: keyof typeof pageWords.en.notices | undefined;
  readonly cursor?: string | undefined;
  readonly typed?: Partial<ProfileValues>;
  readonly errors?: ProfileErrors;
  readonly redeem?: { value: string; error: string };
}

async function sendSuccess(
  request: Request,
  reply: Reply,
  needs: ProfilePagesNeeds,
  shown: Shown,
  status = shown.errors || shown.redeem ? 400 : 200,
): Promise<Reply> {
  const credential = cookieCredential(request);
  if (!credential) return goSignIn(reply);
  const cursor = shown.cursor === undefined ? undefined : readCursor(shown.cursor);
  // the statements are sent together, so that the page costs one round trip
  const [profile, sessions, remembered] = await Promise.all([
    viewProfile(needs, credential, cursor),
    sessionsOf(needs, credential),
    needs.offeredInvite(request),
  ]);
  if (!profile || !sessions) return goSignIn(reply, 'session_over');
  const code = profile.referal_code;
  const offered = profile.invite_code === null && remembered?.code !== code ? remembered : undefined;
  return sendPage(
    reply,
    <SuccessView
      language={languageOf(request)}
      account={credential.accountId}
      phone={formatPhoneNumber(profile.phone_number as PhoneNumber)}
      invite={{ code, link: `${request.server.publicUrl}/i/${code}` }}
      redeemed={profile.invite_code}
      invitedPhonesFull={needs.invitedPhones === 'full'}
      invited={{
        phones:
          needs.invitedPhones === 'full'
            ? profile.invited.map((number) => formatPhoneNumber(number as PhoneNumber))
            : profile.invited,
        count: profile.invited_count,
        nextCursor: profile.invited_cursor ?? undefined,
        isFirstPage: cursor === undefined,
      }}
      profile={valuesOf(profile, shown.typed)}
      profileErrors={shown.errors}
      redeem={shown.redeem ?? (offered && { value: offered.code, error: undefined, offered: offered.text })}
      sessions={sessions.map((row) => ({
        id: row.id,
        device: row.device,
        address: row.address,
        createdAt: row.created_at,
        lastUsedAt: row.last_used_at,
        current: row.current,
      }))}
      notice={shown.notice}
    />,
    status,
  );
}

function valuesOf(profile: Profile, typed: Partial<ProfileValues> = {}): ProfileValues {
  const { username, first_name, last_name, email } = { ...profile, ...typed };
  return { username: username ?? '', first_name: first_name ?? '', last_name: last_name ?? '', email: email ?? '' };
}
