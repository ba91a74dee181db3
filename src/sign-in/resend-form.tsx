import { useSite } from '../http/branding.ts';
import { DateTime } from '../http/date-time.tsx';
import { LinkedText, OptionalLink } from '../http/linked-text-view.tsx';
import { Phone } from '../http/phone.tsx';
import type { CodeProps } from './code-props.ts';
import { pageMessages } from './page-messages.ts';

/** The longest wait that a button counts down: an hour. */
const maxCountdownSeconds = 3600;
const secondsInHalfADay = 43_200;

/** The button that requests the code again. Without JavaScript it is open, and the page says from when it works. */
export function ResendForm(props: CodeProps & { isExpired: boolean }) {
  const { language, pending, resendInSeconds, channel, nextChannel, cause, isExpired } = props;
  const words = pageMessages[language];
  const wait = props.resendAt === null ? 0 : Math.max(0, Math.ceil(resendInSeconds));
  const isSameChannel = nextChannel === channel;
  const label = isSameChannel ? words.resend : words.resendBy[nextChannel];
  const failure = cause && !isExpired ? words.sendingFailed[cause] : undefined;
  return (
    <form id="resend" method="post" action="/confirm/resend" data-wait={wait || undefined}>
      <input type="hidden" name="pending" value={pending} />
      <p
        class={failure ? 'notice' : 'sr'}
        role="status"
        data-ready={words.resendReady}
        data-number={words.sendingFailed.number}
        data-service={words.sendingFailed.service}
      >
        {failure}
      </p>
      <button
        class={isExpired ? 'button' : 'button plain'}
        type="submit"
        data-in={words.resendIn[isSameChannel ? 'again' : nextChannel]}
        data-new={words.sendNew}
      >
        {isExpired ? words.sendNew : label}
      </button>
      <ResendTime {...props} wait={wait} />
    </form>
  );
}

function ResendTime({ language, resendAt, wait }: CodeProps & { wait: number }) {
  if (resendAt === null || wait === 0) return null;
  const words = pageMessages[language];
  const isLongWait = wait > secondsInHalfADay;
  return (
    <p class={wait > maxCountdownSeconds ? 'hint' : 'hint unscripted'} data-until>
      {isLongWait ? words.resendOn : words.resendAt}
      {'\u00a0'}
      <DateTime language={language} at={resendAt} style={isLongWait ? 'exact' : 'clock'} />
    </p>
  );
}

/** The help for a code that does not come. Its buttons belong to the form of the number and to that of another code. */
export function NoCodeHelp({ language, phone, channel, nextChannel, otherChannels }: CodeProps) {
  const words = pageMessages[language];
  const { support } = useSite().brand.links;
  return (
    <details class="help">
      <summary>{words.noCode}</summary>
      <ul class="hint">
        <li>{words.noCodeWait}</li>
        <li>
          {words.noCodeNumber} <Phone number={phone} />.{' '}
          <button class="link" type="submit" form="change">
            {words.changeNumber}
          </button>
        </li>
        {(nextChannel !== channel || otherChannels.length > 0) && (
          <li>
            {nextChannel !== channel && words.noCodeChannel[nextChannel]}{' '}
            {otherChannels.map((other) => (
              <button key={other} class="link" type="submit" form="resend" name="channel" value={other}>
                {words.resendBy[other]}
              </button>
            ))}
          </li>
        )}
        <li>
          <LinkedText
            text={words.noCodeSupport}
            parts={{ support: <OptionalLink href={support} text={words.supportLink} /> }}
          />
        </li>
      </ul>
    </details>
  );
}
