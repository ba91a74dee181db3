import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { leaveNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { formatPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { cookieCredential, eraseNextCookie, forgetSession, sessionCookie } from '../sessions/cookie.ts';
import { credentialOfForm, sendAnotherAccount } from '../sessions/page-account.tsx';
import { endSessions } from '../sessions/store.ts';
import { DeleteView, FreshCodeView } from './delete-view.tsx';
import { LogoutView } from './logout-view.tsx';
import { eraseProfile } from './store.ts';
import { type ProfileNeeds, viewProfile } from './view-profile.ts';

/** The HTML routes of signing out and of erasing an account: a page that names the account, and a form that acts. */
export function leavePages(server: Server, needs: ProfileNeeds): void {
  for (const [path, View] of [
    ['/logout/', LogoutView],
    ['/account/delete/', DeleteView],
  ] as const) {
    server.get(path, async (request, reply) => {
      const credential = cookieCredential(request);
      if (!credential) return goSignIn(reply);
      const profile = await viewProfile(needs, credential);
      if (!profile) return goSignIn(reply, 'session_over');
      const phone = formatPhoneNumber(profile.phone_number as PhoneNumber);
      return sendPage(reply, <View language={languageOf(request)} account={credential.accountId} phone={phone} />);
    });
  }

  const form = Type.Object({ account: Type.Optional(Type.String()) });
  server.post('/logout/', { schema: { body: form } }, async (request, reply) => {
    const credential = credentialOfForm(request, request.body.account);
    if (credential === 'another_account') return sendAnotherAccount(request, reply);
    if (credential) await endSessions(needs, credential, { which: 'this' });
    return leave(reply, 'signed_out');
  });

  server.post('/account/delete/', { schema: { body: form } }, async (request, reply) => {
    const credential = credentialOfForm(request, request.body.account);
    if (credential === 'another_account') return sendAnotherAccount(request, reply);
    const outcome = credential && (await eraseProfile(needs, credential));
    if (credential && outcome === 'too_old') {
      const profile = await viewProfile(needs, credential);
      if (!profile) return goSignIn(reply, 'session_over');
      eraseNextCookie.write(reply, 'yes');
      const number = profile.phone_number as PhoneNumber;
      return sendPage(reply, <FreshCodeView language={languageOf(request)} number={number} />, 403);
    }
    return leave(reply, outcome === 'erased' ? 'erased' : 'session_over');
  });
}

/** Forgets all data of the session in the browser. */
function leave(reply: Reply, notice: string): Reply {
  forgetSession(reply);
  leaveNotice(reply, notice);
  return reply.redirect('/', 303);
}

/**
 * Handles a session that ended or never was: deletes its cookie and redirects to the first page, which shows the notice
 * if there is one.
 */
export function goSignIn(reply: Reply, notice?: string): Reply {
  sessionCookie.clear(reply);
  if (notice !== undefined) leaveNotice(reply, notice);
  return reply.redirect('/', 303);
}
