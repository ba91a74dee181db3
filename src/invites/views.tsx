import { DateTime } from '../http/date-time.tsx';
import { Button, Field } from '../http/form.tsx';
import type { Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageMessages } from './page-messages.ts';
import { QrCode } from './qr-code-view.tsx';

/** An invite code as printed on a ticket. */
export function TicketCode({ code }: { code: string }) {
  return (
    <div class="ticket-code">
      <p class={code.length > 6 ? 'code long' : 'code'} translate={false}>
        {code}
      </p>
    </div>
  );
}

/** The own link as a QR code, for somebody who stands by. */
export function LinkQrCode({ language, link }: { language: Language; link: string }) {
  return <QrCode text={link} label={fill(pageMessages[language].qrCode, { link })} />;
}

/** The props of the redemption: the redeemed code, or the submitted text with its error. */
export interface RedeemProps {
  language: Language;
  account: string;
  /** The code redeemed before and the time of it, or null. */
  redeemed: { code: string; at: Date | null } | null;
  /** Whether the other person will see this one's number in full. */
  invitedPhonesFull: boolean;
  value?: string | undefined;
  error?: string | undefined;
  /** The invite that a link left, as `rememberInvite` wrote it, if the value comes from it. */
  offered?: string | undefined;
}

/** The section that takes an invite code, or shows the redeemed one. */
export function Redeem({ language, account, redeemed, invitedPhonesFull, value, error, offered }: RedeemProps) {
  const words = pageMessages[language];
  if (redeemed !== null) return <Redeemed language={language} {...redeemed} />;
  return (
    <section class="paper" aria-labelledby="redeem-title">
      <h2 id="redeem-title">{words.redeemTitle}</h2>
      <form method="post" action="/account/invite_code" novalidate>
        <AccountField account={account} />
        {offered && <input type="hidden" name="invite" value={offered} />}
        {offered && <p>{words.offered}</p>}
        <Field
          language={language}
          id="invite_code"
          label={words.redeemLabel}
          hint={words.redeemHint}
          value={value}
          error={error}
          input={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: false, class: 'mono' }}
        />
        <p class="hint">
          {invitedPhonesFull ? words.redeemFull : words.redeemMasked} {words.redeemOnce}
        </p>
        <Button look="plain">{words.redeem}</Button>
        {offered && (
          <p>
            <button class="link" type="submit" formaction="/invite/decline">
              {words.decline}
            </button>
          </p>
        )}
      </form>
    </section>
  );
}

/** The inviter is named by the code alone: their number is theirs to give. */
function Redeemed({ language, code, at }: { language: Language; code: string; at: Date | null }) {
  const words = pageMessages[language];
  return (
    <section class="paper" aria-labelledby="redeem-title">
      <h2 id="redeem-title">{words.redeemedTitle}</h2>
      <p>
        {words.redeemedText}{' '}
        <b class="inline-code" translate={false}>
          {code}
        </b>
        {at && (
          <>
            {', '}
            <DateTime language={language} at={at} style="day" />
          </>
        )}
      </p>
    </section>
  );
}
