import { languageOf } from '../http/language.ts';
import { leaveNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import { ErrorView } from '../http/problem-view.tsx';
import type { Reply, Request } from '../http/server.ts';
import { cookieCredential, sessionCookie } from './cookie.ts';
import { pageMessages } from './page-messages.ts';
import type { Caller } from './session.ts';

type Act<Result> = (credential: Caller) => Promise<Result | undefined>;
type Answer<Result> = (result: Result, credential: Caller) => Reply | Promise<Reply>;

/**
 * Answers a page with the result of `run` for the credential in the cookie. Without one, or if `run` finds no live
 * session and returns undefined, the browser goes to the first page.
 */
export async function withPageSession<Result>(
  request: Request,
  reply: Reply,
  run: Act<Result>,
  respond: Answer<Result>,
): Promise<Reply> {
  const credential = cookieCredential(request);
  if (!credential) return goSignIn(reply);
  const result = await run(credential);
  return result === undefined ? goSignIn(reply, 'session_over') : respond(result, credential);
}

/** A form of a page that names its account; one without the field counts as the session's own. */
export type AccountForm = Request & { readonly body: { readonly account?: string } };

/**
 * The same for a form: nothing is done if the browser has signed in with another number since the page was shown, and
 * `onSessionEnded` answers without a live session.
 */
export async function withFormSession<Result>(
  request: AccountForm,
  reply: Reply,
  onSessionEnded: () => Reply,
  run: Act<Result>,
  respond: Answer<Result>,
): Promise<Reply> {
  const credential = cookieCredential(request);
  if (!credential) return onSessionEnded();
  const { account } = request.body;
  if (account !== undefined && account !== credential.accountId) return sendAnotherAccount(request, reply);
  const result = await run(credential);
  return result === undefined ? onSessionEnded() : respond(result, credential);
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

/** Sends the page that says that the form belongs to another account, and that nothing was changed. */
function sendAnotherAccount(request: Request, reply: Reply): Reply {
  const language = languageOf(request);
  const words = pageMessages[language];
  return sendPage(
    reply,
    <ErrorView
      language={language}
      status={409}
      title={words.anotherAccountTitle}
      text={words.anotherAccountText}
      requestId={request.id}
      path="/account/"
    />,
    409,
  );
}
