import { Button, Field } from '../http/form.tsx';
import type { Language } from '../kit/language.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageMessages } from './page-messages.ts';

/** An invite code as printed on a ticket, above bars that no other code has. */
export function TicketCode({ code }: { code: string }) {
  return (
    <div class="ticket-code">
      <p class={code.length > 6 ? 'code long' : 'code'} translate={false}>
        {code}
      </p>
      <Bars code={code} />
    </div>
  );
}

/** The props of the redemption: the redeemed code, or the submitted text with its error. */
export interface RedeemProps {
  language: Language;
  account: string;
  /** The code redeemed before, or null. */
  redeemed: string | null;
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
  if (redeemed !== null) return <Redeemed language={language} code={redeemed} />;
  return (
    <section class="paper" aria-labelledby="redeem-title">
      <h2 id="redeem-title">{words.redeemTitle}</h2>
      <form method="post" action="/success/invite_code" novalidate>
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
          input={{ autocomplete: 'off', autocapitalize: 'characters', spellcheck: false, class: 'mono' }}
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

function Redeemed({ language, code }: { language: Language; code: string }) {
  const words = pageMessages[language];
  return (
    <section class="paper" aria-labelledby="redeem-title">
      <h2 id="redeem-title">{words.redeemedTitle}</h2>
      <p>
        {words.redeemedText}{' '}
        <b class="inline-code" translate={false}>
          {code}
        </b>
      </p>
    </section>
  );
}

const barsPerCharacter = 5;

function Bars({ code }: { code: string }) {
  const widths = Array.from(code).flatMap((character) =>
    Array.from({ length: barsPerCharacter }, (_, bit) => (((character.codePointAt(0) ?? 0) >> bit) & 1 ? 3 : 1)),
  );
  let x = 0;
  let path = '';
  for (const width of widths) {
    path += `M${x} 0h${width}v9h-${width}z`;
    x += width + 2;
  }
  return (
    <svg class="bars" viewBox={`0 0 ${x - 2} 9`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
