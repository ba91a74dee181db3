import type { MessageState } from '../deliveries/message-state.ts';
import { Button, ErrorSummary, Field, Notice } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Pass } from '../http/pass.tsx';
import { Phone } from '../http/phone.tsx';
import { When } from '../http/when.tsx';
import type { Language } from '../kit/language.ts';
import type { Channel } from '../sms/provider.ts';
import { pageWords } from './page-words.ts';

/** What the page of the code shows. */
export interface CodeProps {
  language: Language;
  /** The sign-in that the page is about, as `formatPending` writes it: each of its forms carries it. */
  pending: string;
  /** In international form, as people write it. */
  phone: string;
  /** How the code travels, and how it would where it is asked for again. */
  channel: Channel;
  nextChannel: Channel;
  /** What is known of the message, and the id by which the page asks again; null where another browser asked for it. */
  state: MessageState | null;
  deliveryId: string | undefined;
  /** Digits. */
  codeLength: number;
  /** The earliest time for another message, by the server's clock; null where it may be asked for now. */
  resendAt: Date | null;
  /** The same in seconds from now, for a reader whose clock is wrong. */
  resendInSeconds: number;
  /** 0 where the code has expired, null where it is not known when it will. */
  expiresInSeconds: number | null;
  /** The invite that a new person redeems with this code, and who then sees what. */
  invite: { code: string; sees: string } | undefined;
  error?: string | undefined;
  /** Why the message was not sent once more. */
  resendError?: string | undefined;
  /** What was typed, kept as it was. */
  value?: string | undefined;
  notice?: keyof typeof pageWords.en.notices | undefined;
  /** The message itself; in development only. */
  devMessage?: { text: string; code: string } | undefined;
}

/** The page `/confirm/`, which takes the code, as it is or within the whole message. */
export function CodeView(props: CodeProps) {
  const { language, channel, state, error, resendError, devMessage } = props;
  const words = pageWords[language];
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
      <Pass
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
      </Pass>
    </Layout>
  );
}

function CodeForm({ language, pending, codeLength, expiresInSeconds, invite, error, value }: CodeProps) {
  const words = pageWords[language];
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
  const words = pageWords[language];
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
  const words = pageWords[language];
  const wait = resendAt === null ? 0 : Math.max(0, Math.ceil(resendInSeconds));
  const late = wait > secondsInHalfADay;
  const again = nextChannel === channel ? words.resend : words.resendBy[nextChannel];
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
          {late ? words.resendOn : words.resendAt}
          {'\u00a0'}
          <When language={language} at={resendAt} style={late ? 'exact' : 'clock'} />
          <span data-countdown />
        </p>
      )}
      {isExpired ? <Button>{words.sendNew}</Button> : <Button look="plain">{again}</Button>}
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
