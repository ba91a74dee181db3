import type { VNode } from 'preact';
import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { leaveNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { formatPhoneNumber } from '../kit/phone-number.ts';
import { eraseNextCookie, forgetSession } from '../sessions/cookie.ts';
import { endSessions } from '../sessions/store.ts';
import { type AccountForm, withFormSession, withPageSession } from '../sessions/with-page-session.tsx';
import { type DeleteProps, DeleteView, FreshCodeView } from './delete-view.tsx';
import { LogoutView } from './logout-view.tsx';
import { profileRefusals } from './messages.ts';
import type { EraseRefusal } from './profile.ts';
import { eraseProfile } from './store.ts';
import { type ProfileNeeds, viewProfile } from './view-profile.ts';

type LeaveProps = Omit<DeleteProps, 'keepDays'>;

/** The dependencies of the pages of leaving. */
export interface LeavePagesNeeds extends ProfileNeeds {
  /** The sign-ins of apps that end with that of the pages; none without OpenID Connect. */
  readonly appSignIns?: {
    /** The sentence that they end, too; undefined if there are none. */
    readonly notice: (request: Request) => Promise<string | undefined>;
    readonly end: (request: Request, reply: Reply) => Promise<void>;
  };
}

/** The HTML routes of signing out and of erasing an account: a page that names the account, and a form that acts. */
export function leavePages(server: Server, needs: LeavePagesNeeds): void {
  server.get('/logout/', (request, reply) =>
    ask(needs, request, reply, async (props) => (
      <LogoutView {...props} apps={await needs.appSignIns?.notice(request)} />
    )),
  );
  server.get('/account/delete/', (request, reply) =>
    ask(needs, request, reply, async (props) => <DeleteView {...props} keepDays={needs.keepDays} />),
  );
  const form = { body: Type.Object({ account: Type.Optional(Type.String()) }) };
  server.post('/logout/', { schema: form }, (request, reply) => signOut(needs, request, reply));
  server.post('/account/delete/', { schema: form }, (request, reply) => erase(needs, request, reply));
}

function ask(
  needs: ProfileNeeds,
  request: Request,
  reply: Reply,
  view: (props: LeaveProps) => Promise<VNode>,
): Promise<Reply> {
  return withPageSession(
    request,
    reply,
    (credential) => viewProfile(needs, credential),
    async ({ id, phoneNumber }) => {
      const props = { language: languageOf(request), account: id, phone: formatPhoneNumber(phoneNumber) };
      return sendPage(reply, await view(props));
    },
  );
}

function signOut(needs: LeavePagesNeeds, request: AccountForm, reply: Reply): Promise<Reply> {
  const leaveSignedOut = () => leave(reply, 'signed_out');
  return withFormSession(
    request,
    reply,
    leaveSignedOut,
    async (credential) => {
      // first, since the form can be sent again only while the session of the pages lives
      await needs.appSignIns?.end(request, reply);
      return endSessions(needs, credential, { which: 'this' });
    },
    leaveSignedOut,
  );
}

function erase(needs: ProfileNeeds, request: AccountForm, reply: Reply): Promise<Reply> {
  return withFormSession(
    request,
    reply,
    () => leave(reply, 'session_over'),
    (credential) => eraseProfile(needs, credential),
    (outcome) => (outcome.ok ? leave(reply, 'erased') : askForFreshCode(needs, request, reply, outcome)),
  );
}

function askForFreshCode(needs: ProfileNeeds, request: Request, reply: Reply, refusal: EraseRefusal): Promise<Reply> {
  return withPageSession(
    request,
    reply,
    (credential) => viewProfile(needs, credential),
    ({ phoneNumber }) => {
      const { status } = explainRefusal(request, reply, profileRefusals, refusal);
      eraseNextCookie.write(reply, 'yes');
      return sendPage(reply, <FreshCodeView language={languageOf(request)} number={phoneNumber} />, status);
    },
  );
}

/** Forgets all data of the session in the browser. */
function leave(reply: Reply, notice: string): Reply {
  forgetSession(reply);
  leaveNotice(reply, notice);
  return reply.redirect('/', 303);
}
