import { languageOf } from '../http/language.ts';
import { sendPage } from '../http/pages.tsx';
import { ErrorView } from '../http/problem-view.tsx';
import type { Reply, Request } from '../http/server.ts';
import { cookieCredential } from './cookie.ts';
import { pageWords } from './page-messages.ts';
import type { Caller } from './session.ts';

/**
 * The hidden field with the account of a form's page. It is checked against the session, so it proves nothing by
 * itself.
 */
export function AccountField({ account }: { account: string }) {
  return <input type="hidden" name="account" value={account} />;
}

/**
 * The credential of the browser's session for a form of this account's page; `another_account` if the browser has
 * signed in with another number since the page was shown. A form without the field counts as the session's own.
 */
export function credentialOfForm(
  request: Request,
  account: string | undefined,
): Caller | 'another_account' | undefined {
  const credential = cookieCredential(request);
  if (!credential || account === undefined) return credential;
  return credential.accountId === account ? credential : 'another_account';
}

/** Sends the page that says that the form belongs to another account, and that nothing was changed. */
export function sendAnotherAccount(request: Request, reply: Reply): Reply {
  const language = languageOf(request);
  const words = pageWords[language];
  return sendPage(
    reply,
    <ErrorView
      language={language}
      status={409}
      title={words.anotherAccountTitle}
      text={words.anotherAccountText}
      requestId={request.id}
      path="/success/"
    />,
    409,
  );
}
