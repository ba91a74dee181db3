import type { ComponentChildren } from 'preact';
import { Card } from '../http/card.tsx';
import { Button, ErrorSummary, Field } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { HiddenFields } from '../http/problem-view.tsx';
import type { Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import { pageMessages } from './page-messages.ts';

/** The props of a page that only tells something. */
export interface MessageProps {
  language: Language;
  title: string;
  text: string;
  eyebrow?: string;
  /** The path to which the reader returns after a change of language. */
  path?: string;
  /** The error code of the protocol, for the makers of the app. */
  code?: string | undefined;
  hasError?: boolean;
}

/** A page that only tells something. */
export function MessageView({ language, title, text, eyebrow, code, hasError, path = '/' }: MessageProps) {
  return (
    <Layout language={language} title={title} path={path} hasError={hasError}>
      <Card eyebrow={eyebrow ?? pageMessages[language].appEyebrow} title={title}>
        <p>{text}</p>
        {code && (
          <p class="hint">
            <code>{code}</code>
          </p>
        )}
      </Card>
    </Layout>
  );
}

/** The props of a form with one question, of which the fields are those that the library expects. */
export interface QuestionProps {
  language: Language;
  eyebrow: string;
  title: string;
  action: string;
  fields: readonly (readonly [name: string, value: string])[];
  yes: { text: string; name?: string; value?: string };
  no?: { text: string; name?: string; value?: string } | undefined;
  /** The path to which the reader returns after a change of language. */
  path?: string;
  children?: ComponentChildren;
}

/** A page with one question. */
export function QuestionView({
  language,
  eyebrow,
  title,
  action,
  fields,
  yes,
  no,
  path = '/',
  children,
}: QuestionProps) {
  return (
    <Layout language={language} title={title} path={path}>
      <Card eyebrow={eyebrow} title={title}>
        <form method="post" action={action} class="ask">
          {children}
          <HiddenFields fields={fields} />
          <button class="button" type="submit" name={yes.name} value={yes.value}>
            {yes.text}
          </button>
          {no && (
            <button class="button plain" type="submit" name={no.name} value={no.value}>
              {no.text}
            </button>
          )}
        </form>
      </Card>
    </Layout>
  );
}

/** The props of the consent page. */
export interface ConsentProps {
  language: Language;
  name: string;
  action: string;
  scopes: readonly string[];
}

/** The page on which a person lets the app of somebody else see something. */
export function ConsentView({ language, name, action, scopes }: ConsentProps) {
  const words = pageMessages[language];
  const known: Readonly<Record<string, string>> = words.scopes;
  const other = scopes.filter((scope) => known[scope] === undefined);
  return (
    <QuestionView
      language={language}
      eyebrow={words.consentEyebrow}
      title={fill(words.consentTitle, { name })}
      action={action}
      path={action}
      fields={[]}
      yes={{ text: words.allow, name: 'answer', value: 'allow' }}
      no={{ text: words.deny, name: 'answer', value: 'deny' }}
    >
      <p>{fill(words.consentText, { name })}</p>
      <ul>
        {scopes.map((scope) => known[scope] && <li key={scope}>{known[scope]}</li>)}
        {other.length > 0 && <li>{fill(words.consentOther, { scopes: other.join(', ') })}</li>}
      </ul>
      <p class="hint">{words.consentEnd}</p>
    </QuestionView>
  );
}

/** The props of the form of a device's code. */
export interface DeviceProps {
  language: Language;
  action: string;
  xsrf: string;
  code?: string | undefined;
  isWrong: boolean;
}

/** The page on which a person types the code that a device shows. */
export function DeviceView({ language, action, xsrf, code, isWrong }: DeviceProps) {
  const words = pageMessages[language];
  const error = isWrong ? words.deviceWrong : undefined;
  return (
    <Layout language={language} title={words.deviceTitle} path="/oauth/device" hasError={isWrong}>
      <Card eyebrow={words.deviceEyebrow} title={words.deviceTitle}>
        <ErrorSummary language={language} errors={error ? [{ field: 'user_code', text: error }] : []} />
        <form method="post" action={action}>
          <HiddenFields fields={[['xsrf', xsrf]]} />
          <Field
            language={language}
            id="user_code"
            label={words.deviceCode}
            hint={words.deviceText}
            error={error}
            value={code}
            input={{ class: 'mono', autocomplete: 'off', autocapitalize: 'characters', spellcheck: false }}
          />
          <Button>{words.deviceGo}</Button>
        </form>
      </Card>
    </Layout>
  );
}

/** The page that goes on to an app after a form, since a redirect of a form reaches no other origin. */
export function GoOnView({ language, target }: { language: Language; target: string }) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={words.submitTitle} path="/" next={target}>
      <Card eyebrow={words.appEyebrow} title={words.submitTitle}>
        <p>
          <a class="button" href={target}>
            {words.deviceGo}
          </a>
        </p>
      </Card>
    </Layout>
  );
}
