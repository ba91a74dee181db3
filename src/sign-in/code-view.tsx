import type { MessageState } from '../deliveries/message-state.ts';
import { Card } from '../http/card.tsx';
import { DateTime } from '../http/date-time.tsx';
import { Button, ErrorSummary, Field, Notice } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Phone } from '../http/phone.tsx';
import type { Language } from '../kit/language.ts';
import type { Channel } from '../sms/provider.ts';
import { pageMessages } from './page-messages.ts';

/** The props of the code page. */
export interface CodeProps {
  language: Language;
  /** The pending sign-in as `formatPending` writes it, a field of each form. */
  pending: string;
  /** In international form. */
  phone: string;
  /** The channel of the code, and that of a repeated request. */
  channel: Channel;
  nextChannel: Channel;
  /** The state of the message, and the id by which the page polls it; null if another browser requested it. */
  state: MessageState | null;
  deliveryId: string | undefined;
  /** The number of digits. */
  codeLength: number;
  /** The earliest time for another message, by the server's clock; null if that is now. */
  resendAt: Date | null;
  /** The same in seconds from now, for a client whose clock is wrong. */
  resendInSeconds: number;
  /** 0 if the code has expired, null if its expiry is unknown. */
  expiresInSeconds: number | null;
  /** The invite that a new person redeems with this code, and a sentence on what the inviter sees. */
  invite: { code: string; sees: string } | undefined;
  error?: string | undefined;
  /** The reason for which the message was not sent again. */
  resendError?: string | undefined;
  /** The submitted text, unchanged. */
  value?: string | undefined;
  notice?: keyof typeof pageMessages.en.notices | undefined;
  /** The message, in development only. */
  devMessage?: { text: string; code: string } | undefined;
}

/** The page `/confirm/`, which accepts the code alone or within the whole message. */
export function CodeView(props: CodeProps) {
  const { language, channel, state, error, resendError, devMessage } = props;
  const words = pageMessages[language];
  const isExpired = props.expiresInSeconds === 0;
  const title = isExpired ? words.expiredTitle : words.codeTitle[channel];
  const errors = [
    ...(error && !isExpired ? [{ field: 'sms_code', text: error }] : []),
    ...(resendError ? [{ field: 'resend', text: resendError }] : []),
  ];
  return (
    <Layout
      language={language}
      title={title}
      path="/confirm/"
      carries={{ pending: props.pending }}
      hasError={errors.length > 0}
    >
      <Card
        eyebrow={isExpired ? words.expiredEyebrow : words.codeEyebrow}
        title={title}
        stub={<SentTo {...props} isExpired={isExpired} />}
      >
        <ErrorSummary language={language} errors={errors} />
        {props.notice && <Notice>{words.notices[props.notice]}</Notice>}
        {state === 'failed' && !isExpired && <Notice>{words.sendingFailed}</Notice>}
        {devMessage && !isExpired && (
          <aside aria-label={words.devMessage}>
            <p class="hint">{words.devMessage}</p>
            <div class="bubble">{devMessage.text}</div>
          </aside>
        )}
        {!isExpired && <CodeForm {...props} />}
        <Resend {...props} isExpired={isExpired} />
      </Card>
    </Layout>
  );
}

function CodeForm({ language, pending, codeLength, expiresInSeconds, invite, error, value }: CodeProps) {
  const words = pageMessages[language];
  const hint = [
    words.codeHint(codeLength),
    expiresInSeconds === null ? '' : words.codeValid(Math.ceil(expiresInSeconds / 60)),
  ];
  return (
    <form method="post" action="/confirm/" novalidate data-otp data-expires={expiresInSeconds ?? undefined}>
      <input type="hidden" name="pending" value={pending} />
      <Field
        language={language}
        id="sms_code"
        label={words.codeLabel}
        hint={hint.join(' ').trim()}
        error={error}
        value={value}
        input={{
          inputmode: 'numeric',
          autocomplete: 'one-time-code',
          class: 'code-input mono',
          dir: 'ltr',
          autofocus: true,
          ...{ 'data-digits': codeLength },
        }}
      />
      {invite && (
        <p class="hint">
          {words.codeInvite(invite.code)} {invite.sees}
        </p>
      )}
      <Button>{words.signIn}</Button>
    </form>
  );
}

type Expirable = CodeProps & { isExpired: boolean };

function SentTo({ language, pending, phone, channel, state, deliveryId, isExpired }: Expirable) {
  const words = pageMessages[language];
  const isSending = state === 'sending' && !isExpired;
  return (
    <>
      <p class="lead" role="status">
        <span
          data-state={isSending ? `/confirm/state?id=${deliveryId}` : undefined}
          data-sent={isSending ? words.codeTo.sent[channel] : undefined}
          data-failed={isSending ? words.codeTo.failed[channel] : undefined}
        >
          {isExpired ? words.expiredText : words.codeTo[state ?? 'unknown'][channel]}
        </span>{' '}
        <Phone number={phone} />
      </p>
      <form class="links" method="post" action="/confirm/number">
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

const secondsInHalfADay = 43_200;

function Resend(props: Expirable) {
  const { language, pending, resendAt, resendInSeconds, channel, nextChannel, isExpired } = props;
  const words = pageMessages[language];
  const wait = resendAt === null ? 0 : Math.max(0, Math.ceil(resendInSeconds));
  const isLongWait = wait > secondsInHalfADay;
  const label = nextChannel === channel ? words.resend : words.resendBy[nextChannel];
  return (
    <form
      class={isExpired ? undefined : 'resend'}
      id="resend"
      method="post"
      action="/confirm/resend"
      data-wait={wait || undefined}
    >
      <input type="hidden" name="pending" value={pending} />
      {!isExpired && <p class="hint">{words.noCode}</p>}
      {resendAt && wait > 0 && (
        <p class="hint" data-until>
          {isLongWait ? words.resendOn : words.resendAt}
          {'\u00a0'}
          <DateTime language={language} at={resendAt} style={isLongWait ? 'exact' : 'clock'} />
          <span data-countdown />
        </p>
      )}
      {isExpired ? <Button>{words.sendNew}</Button> : <Button look="plain">{label}</Button>}
      <p
        class="sr"
        role="status"
        data-ready={words.resendReady}
        data-failed={words.sendingFailed}
        data-expired={words.expired}
      />
    </form>
  );
}
