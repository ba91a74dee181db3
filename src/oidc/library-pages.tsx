import type { KoaContextWithOIDC } from 'oidc-provider';
import type { VNode } from 'preact';
import { isAppLogo } from '../brand/app-logo.ts';
import type { AppLook } from '../http/branding.ts';
import { languageOf } from '../http/language.ts';
import { renderPage } from '../http/layout.tsx';
import type { Language } from '../kit/language.ts';
import { present } from '../kit/present.ts';
import { fill } from '../kit/text.ts';
import { lookOf } from './look.ts';
import { currentOidcRequest } from './oidc-request.ts';
import { ownUrl } from './own-url.ts';
import { pageMessages } from './page-messages.ts';
import { askedLanguage } from './sign-in-language.ts';
import { DeviceView, GoOnView, MessageView, QuestionView } from './views.tsx';

/** Shows an error of a request that cannot go back to its app. */
export function showError(ctx: KoaContextWithOIDC, { error }: { readonly error: string }): void {
  show(ctx, (language, back) => {
    const words = pageMessages[language];
    const isExpired = error === 'invalid_request' && ctx.oidc.route?.endsWith('resume');
    const [title, text] = isExpired ? [words.expiredTitle, words.expiredText] : [words.errorTitle, words.errorText];
    return <MessageView language={language} title={title} text={text} code={error} path={back} hasError />;
  });
}

/** Asks before a person signs out at the request of an app. */
export function showLogout(ctx: KoaContextWithOIDC, form: string): void {
  show(ctx, (language, back) => {
    const words = pageMessages[language];
    const fields = fieldsOf(form).filter(([name]) => name !== 'logout');
    return (
      <QuestionView
        language={language}
        eyebrow={words.logoutEyebrow}
        title={words.logoutTitle}
        action={actionOf(form)}
        path={back}
        fields={fields}
        yes={{ text: words.logoutYes, name: 'logout', value: 'yes' }}
        no={{ text: words.logoutNo }}
      >
        <p>{words.logoutText}</p>
      </QuestionView>
    );
  });
}

/** The page after a sign-out for which no app waits. */
export function showLoggedOut(ctx: KoaContextWithOIDC): void {
  show(ctx, (language, back) => {
    const words = pageMessages[language];
    return (
      <MessageView
        language={language}
        eyebrow={words.logoutEyebrow}
        title={words.loggedOutTitle}
        text={words.loggedOutText}
        path={back}
      />
    );
  });
}

/** Asks for the code of a device. */
export function showDeviceForm(
  ctx: KoaContextWithOIDC,
  form: string,
  _out?: unknown,
  error?: { readonly name?: string; readonly userCode?: string | undefined },
): void {
  show(ctx, (language) => {
    const words = pageMessages[language];
    if (error?.name === 'AbortedError')
      return (
        <MessageView
          language={language}
          eyebrow={words.deviceEyebrow}
          title={words.deviceTitle}
          text={words.deviceStopped}
        />
      );
    const xsrf = fieldsOf(form).find(([name]) => name === 'xsrf')?.[1] ?? '';
    const isWrong = error !== undefined && error.name !== 'NoCodeError';
    return (
      <DeviceView language={language} action={actionOf(form)} xsrf={xsrf} code={error?.userCode} isWrong={isWrong} />
    );
  });
}

/** Warns before a device is connected: a code that somebody else sent would give them the account (RFC 8628, 5.4). */
export function showDeviceWarning(
  ctx: KoaContextWithOIDC,
  form: string,
  client: { readonly clientId: string; readonly clientName?: string | undefined },
  _deviceInfo: unknown,
  userCode: string,
): void {
  show(ctx, (language) => {
    const words = pageMessages[language];
    const fields = fieldsOf(form).filter(([name]) => name !== 'confirm');
    return (
      <QuestionView
        language={language}
        eyebrow={words.deviceEyebrow}
        title={words.deviceConfirmTitle}
        action={actionOf(form)}
        path={`/oauth/device?${new URLSearchParams({ user_code: userCode })}`}
        fields={fields}
        yes={{ text: words.deviceYes, name: 'confirm', value: 'yes' }}
        no={{ text: words.deviceNo, name: 'abort', value: 'yes' }}
      >
        <p>
          {fill(words.deviceConfirm, { name: client.clientName ?? client.clientId })} <code>{userCode}</code>
        </p>
        <p>{words.deviceWarning}</p>
      </QuestionView>
    );
  });
}

/** The page after a device was connected. */
export function showDeviceDone(ctx: KoaContextWithOIDC): void {
  show(ctx, (language) => {
    const words = pageMessages[language];
    return (
      <MessageView
        language={language}
        eyebrow={words.deviceEyebrow}
        title={words.deviceDoneTitle}
        text={words.deviceDone}
      />
    );
  });
}

/**
 * Replaces a form of the library that a script inside the page would submit: our pages run no such script, so the person presses
 * a button. The form may go to an app, which the policy of this one page allows.
 */
export function showSubmission(ctx: KoaContextWithOIDC, form: string): void {
  const action = actionOf(form);
  const { origin } = new URL(action, ctx.href);
  const policy = String(ctx.response.get('content-security-policy'));
  ctx.set('content-security-policy', policy.replace("form-action 'self'", `form-action 'self' ${origin}`));
  show(ctx, (language, back) => {
    const words = pageMessages[language];
    return (
      <QuestionView
        language={language}
        eyebrow={words.appEyebrow}
        title={words.submitTitle}
        action={action}
        path={back}
        fields={fieldsOf(form)}
        yes={{ text: words.deviceGo }}
      >
        <p>{words.submitText}</p>
      </QuestionView>
    );
  });
}

/** Goes on to an app after a form of ours. */
export function showGoOn(ctx: KoaContextWithOIDC, target: string): void {
  ctx.status = 200;
  ctx.remove('location');
  show(ctx, (language) => <GoOnView language={language} target={target} />);
}

function show(ctx: KoaContextWithOIDC, page: (language: Language, back: string) => VNode): void {
  const { request } = present(currentOidcRequest(), 'the request of the library');
  const { branding, publicUrl } = request.server;
  const language = askedLanguage(ctx) ?? languageOf(request);
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = renderPage(page(language, ownUrl(request)), { ...branding, publicUrl, app: clientLook(ctx) });
}

/** The look of the app of a request, if the library has found the app. */
function clientLook({ oidc }: KoaContextWithOIDC): AppLook | undefined {
  const { client } = oidc;
  if (!client) return undefined;
  const { clientId, clientName = clientId, color, logo } = client;
  const look = { client_id: clientId, client_name: clientName };
  return lookOf({
    ...look,
    ...(typeof color === 'string' ? { color } : {}),
    ...(isAppLogo(logo) ? { logo } : {}),
  });
}

function actionOf(form: string): string {
  return decoded(/<form[^>]* action="([^"]*)"/.exec(form)?.[1] ?? '');
}

function fieldsOf(form: string): (readonly [name: string, value: string])[] {
  const inputs = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\s*\/>/g);
  return [...inputs].map(([, name = '', value = '']) => [name, decoded(value)] as const);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decoded(html: string): string {
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => entities[name] ?? whole);
}
