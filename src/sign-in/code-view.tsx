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
  /** In international form, as people write it. */
  phone: string;
  /** How the code travels, and how it would where it is asked for again. */
  channel: Channel;
  nextChannel: Channel;
  /** Digits. */
  codeLength: number;
  /** The earliest time for another message, by the server's clock; null where it may be asked for now. */
  resendAt: Date | null;
  /** The same in seconds from now, for a reader whose clock is wrong. */
  resendInSeconds: number;
  expiresInSeconds: number;
  error?: string | undefined;
  /** Why the message was not sent once more. */
  resendError?: string | undefined;
  /** What was typed, kept as it was. */
  value?: string | undefined;
  /** Whether the message was just sent once more. */
  sentAgain?: boolean | undefined;
  /** The message itself; in development only. */
  devMessage?: { text: string; code: string } | undefined;
}

/** The page `/confirm/`, which takes the code, as it is or within the whole message. */
export function CodeView(props: CodeProps) {
  const { language, phone, channel, codeLength, expiresInSeconds, error, resendError, value, devMessage } = props;
  const words = pageWords[language];
  const errors = [
    ...(error ? [{ field: 'sms_code', text: error }] : []),
    ...(resendError ? [{ field: 'resend', text: resendError }] : []),
  ];
  return (
    <Layout language={language} title={words.codeTitle[channel]} path="/confirm/" hasError={errors.length > 0}>
      <Pass
        eyebrow={words.codeEyebrow}
        title={words.codeTitle[channel]}
        stub={<SentTo language={language} phone={phone} channel={channel} />}
      >
        <ErrorSummary language={language} errors={errors} />
        {props.sentAgain && <Notice>{words.sentAgain}</Notice>}
        {devMessage && (
          <aside aria-label={words.devMessage}>
            <p class="hint">{words.devMessage}</p>
            <div class="bubble">{devMessage.text}</div>
          </aside>
        )}
        <form method="post" action="/confirm/" novalidate data-otp>
          <Field
            language={language}
            id="sms_code"
            label={words.codeLabel}
            hint={words.codeHint(codeLength, Math.ceil(expiresInSeconds / 60))}
            error={error}
            value={value}
            input={{
              inputmode: 'numeric',
              autocomplete: 'one-time-code',
              class: 'code-input mono',
              dir: 'ltr',
              autofocus: !error,
              ...{ 'data-digits': codeLength },
            }}
          />
          <Button>{words.signIn}</Button>
        </form>
        <Resend {...props} />
      </Pass>
    </Layout>
  );
}

function SentTo({ language, phone, channel }: { language: Language; phone: string; channel: Channel }) {
  const words = pageWords[language];
  return (
    <p class="lead">
      {words.codeSentTo[channel]} <Phone number={phone} />
      <br />
      <a href="/">{words.changeNumber}</a>
    </p>
  );
}

const secondsInHalfADay = 43_200;

function Resend({ language, resendAt, resendInSeconds, channel, nextChannel }: CodeProps) {
  const words = pageWords[language];
  const wait = resendAt === null ? 0 : Math.max(0, Math.ceil(resendInSeconds));
  const late = wait > secondsInHalfADay;
  return (
    <form class="resend" id="resend" method="post" action="/confirm/resend" data-wait={wait || undefined}>
      <p class="hint">{words.noCode}</p>
      {resendAt && wait > 0 && (
        <p class="hint" data-until>
          {late ? words.resendOn : words.resendAt}
          {'\u00a0'}
          <When language={language} at={resendAt} style={late ? 'exact' : 'clock'} />
          <span data-countdown />
        </p>
      )}
      <Button look="plain">{nextChannel === channel ? words.resend : words.resendBy[nextChannel]}</Button>
      <p class="sr" role="status" data-ready={words.resendReady} />
    </form>
  );
}
