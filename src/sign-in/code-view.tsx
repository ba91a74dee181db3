import { assets } from '../http/assets.ts';
import { Card } from '../http/card.tsx';
import { ErrorSummary, Notice } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Phone } from '../http/phone.tsx';
import { CodeForm } from './code-form.tsx';
import type { CodeProps } from './code-props.ts';
import { pageMessages } from './page-messages.ts';
import { NoCodeHelp, ResendForm } from './resend-form.tsx';
import { WaitingApp } from './return-view.tsx';

/** The page `/confirm/`, which accepts the code alone or within the whole message. */
export function CodeView(props: CodeProps) {
  const { language, channel, error, resendError, devMessage } = props;
  const words = pageMessages[language];
  const isExpired = props.expiresInSeconds === 0;
  const title = isExpired ? words.expiredTitle : words.codeTitle[channel];
  return (
    <Layout
      language={language}
      title={title}
      path="/confirm/"
      carries={{ pending: props.pending }}
      hasError={!!resendError || (!!error && !isExpired)}
      script={assets.codeJs}
    >
      <Card
        eyebrow={isExpired ? words.expiredEyebrow : words.codeEyebrow}
        title={title}
        stub={<SentTo {...props} isExpired={isExpired} />}
      >
        <ErrorSummary language={language} errors={resendError ? [{ field: 'resend', text: resendError }] : []} />
        {props.notice && <Notice>{words.notices[props.notice]}</Notice>}
        {!isExpired && <CodeForm {...props} />}
        <ResendForm {...props} isExpired={isExpired} />
        {!isExpired && <NoCodeHelp {...props} />}
        {props.waitingApp && <WaitingApp language={language} name={props.waitingApp} />}
        {devMessage && !isExpired && (
          <aside aria-label={words.devMessage}>
            <p class="hint">{words.devMessage}</p>
            <div class="bubble">{devMessage.text}</div>
          </aside>
        )}
      </Card>
    </Layout>
  );
}

type Expirable = CodeProps & { isExpired: boolean };

function SentTo({ language, pending, phone, channel, state, isExpired }: Expirable) {
  const words = pageMessages[language];
  const isSending = state === 'sending' && !isExpired;
  const text = isExpired ? words.expiredText : words.codeTo[state ?? 'unknown'][channel];
  // a preposition stands before its number, on the same line
  const space = text.endsWith(':') ? ' ' : '\u00a0';
  return (
    <>
      <p class="lead" role="status">
        <span
          data-state={isSending ? '/confirm/state' : undefined}
          data-sent={isSending ? words.codeTo.sent[channel] : undefined}
          data-failed={isSending ? words.codeTo.failed[channel] : undefined}
        >
          {text}
        </span>
        {space}
        <Phone number={phone} />
      </p>
      <form class="links" id="change" method="post" action="/confirm/number">
        <input type="hidden" name="pending" value={pending} />
        {isSending && (
          <button class="link unscripted" type="submit" formaction="/confirm/show">
            {words.checkSending}
          </button>
        )}
        <button class="link" type="submit">
          {words.changeNumber}
        </button>
      </form>
    </>
  );
}
