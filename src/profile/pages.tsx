import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { sendFailurePage, sendPage } from '../http/pages.tsx';
import { tellRetry } from '../http/problem.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { fieldWords } from '../http/words.ts';
import { readCursor } from '../invites/invited.ts';
import { redeem } from '../invites/redeem.ts';
import { redeemSentence } from '../invites/words.ts';
import { formatPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { profileConflicts, redeemAttempts } from '../limits/allowance.ts';
import { cookieCredential, forgetSession, sessionCookie } from '../sessions/cookie.ts';
import { isSessionId } from '../sessions/session.ts';
import { endSessions, sessionsOf } from '../sessions/store.ts';
import { DeleteView } from './delete-view.tsx';
import { editProfile } from './edit-profile.ts';
import { pageWords } from './page-words.ts';
import type { ProfileErrors, ProfileValues } from './profile-form.tsx';
import { eraseProfile } from './store.ts';
import { type Profile, type ProfileNeeds, viewProfile } from './view-profile.ts';
import { SuccessView } from './views.tsx';
import { profileLimitSentence, refusedField } from './words.ts';

/** What the pages of one's own account need. */
export interface ProfilePagesNeeds extends ProfileNeeds {
  /** The invite code of a link that this browser opened, if any, to be offered. */
  readonly offeredInvite: (request: Request) => string | undefined;
  /** Forgets it. */
  readonly forgetInvite: (reply: Reply) => void;
}

const text = Type.Optional(Type.String());
const forms = {
  profile: Type.Object({ username: text, first_name: text, last_name: text, email: text }),
  invite: Type.Object({ invite_code: text }),
  page: Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 200 })), done: text }),
};

/** The HTML door to one's own account: `/success/` and what its forms do. */
export function profilePages(server: Server, needs: ProfilePagesNeeds): void {
  server.get('/success/', { schema: { querystring: forms.page } }, (request, reply) => {
    const { cursor, done } = request.query;
    const notice = Object.keys(pageWords.en.notices).find((one) => one === done) as Shown['notice'];
    return sendSuccess(request, reply, needs, { notice, cursor });
  });

  server.post('/success/profile', { schema: { body: forms.profile } }, async (request, reply) => {
    const credential = cookieCredential(request);
    if (!credential) return goSignIn(reply);
    const typed = request.body;
    const outcome = await editProfile(needs, credential, { changes: typed, clientIp: request.ip });
    if (outcome.ok) return reply.redirect('/success/?done=profile_saved', 303);
    if (outcome.code === 'unauthenticated') return goSignIn(reply);
    const language = languageOf(request);
    if (outcome.code === 'too_many_profile_attempts') {
      tellRetry(reply, outcome.retryInSeconds, profileConflicts);
      const username = profileLimitSentence(language, outcome.retryInSeconds);
      return sendSuccess(request, reply, needs, { typed, errors: { username } }, 429);
    }
    const { field, sentence } = refusedField(language, outcome);
    return sendSuccess(request, reply, needs, { typed, errors: { [field]: sentence } });
  });

  server.post('/success/invite_code', { schema: { body: forms.invite } }, async (request, reply) => {
    const credential = cookieCredential(request);
    if (!credential) return goSignIn(reply);
    const value = request.body.invite_code ?? '';
    const language = languageOf(request);
    if (value.trim() === '') {
      return sendSuccess(request, reply, needs, { redeem: { value, error: fieldWords[language].required } });
    }
    const outcome = await redeem(needs, credential, value);
    if (outcome.ok) {
      needs.forgetInvite(reply);
      return reply.redirect('/success/?done=invite_redeemed', 303);
    }
    if (outcome.code === 'unauthenticated') return goSignIn(reply);
    const limited = outcome.code === 'too_many_redeem_attempts';
    if (limited) tellRetry(reply, outcome.retryInSeconds, redeemAttempts);
    return sendSuccess(
      request,
      reply,
      needs,
      { redeem: { value, error: redeemSentence(language, outcome) } },
      limited ? 429 : 400,
    );
  });

  server.post(
    '/sessions/:id/end',
    { schema: { params: Type.Object({ id: Type.String() }) } },
    async (request, reply) => {
      const { id } = request.params;
      const credential = cookieCredential(request);
      if (!isSessionId(id)) return sendFailurePage(request, reply, { code: 'not_found' });
      const ended = credential && (await endSessions(needs, credential, { which: 'one', id }));
      return ended === undefined ? goSignIn(reply) : reply.redirect('/success/?done=session_ended', 303);
    },
  );

  server.post('/sessions/end-others', async (request, reply) => {
    const credential = cookieCredential(request);
    const ended = credential && (await endSessions(needs, credential, { which: 'others' }));
    return ended === undefined ? goSignIn(reply) : reply.redirect('/success/?done=others_ended', 303);
  });

  server.get('/account/delete/', async (request, reply) => {
    const credential = cookieCredential(request);
    const profile = credential && (await viewProfile(needs, credential));
    if (!profile) return goSignIn(reply);
    const phone = formatPhoneNumber(profile.phone_number as PhoneNumber);
    return sendPage(reply, <DeleteView language={languageOf(request)} phone={phone} />);
  });

  server.post('/account/delete/', async (request, reply) => {
    const credential = cookieCredential(request);
    if (credential) await eraseProfile(needs, credential);
    forgetSession(reply);
    return reply.redirect('/', 303);
  });
}

/** The session is over or never was: its cookie goes too. */
function goSignIn(reply: Reply): Reply {
  sessionCookie.clear(reply);
  return reply.redirect('/', 303);
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
  // both statements travel together, so that the page costs one round trip
  const [profile, sessions] = await Promise.all([
    viewProfile(needs, credential, cursor),
    sessionsOf(needs, credential),
  ]);
  if (!profile || !sessions) return goSignIn(reply);
  const code = profile.referal_code;
  const offered = profile.invite_code === null ? needs.offeredInvite(request) : undefined;
  return sendPage(
    reply,
    <SuccessView
      language={languageOf(request)}
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
      }}
      profile={valuesOf(profile, shown.typed)}
      profileErrors={shown.errors}
      redeem={shown.redeem ?? (offered === undefined ? undefined : { value: offered, error: undefined })}
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
