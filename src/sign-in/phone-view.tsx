import { Button, ErrorSummary, Field } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Pass } from '../http/pass.tsx';
import { TicketCode } from '../invites/views.tsx';
import type { Language } from '../kit/language.ts';
import { pageWords } from './page-words.ts';

/** A country as the list offers it: `code` as in ISO 3166-1, `callingCode` without a plus. */
export interface Region {
  code: string;
  name: string;
  callingCode: string;
}

/** What the page of the phone number shows. */
export interface PhoneProps {
  language: Language;
  /** What was typed, kept as it was. */
  phone?: string | undefined;
  /** The countries to choose from; only where a number could not be understood without one. */
  regions?: readonly Region[] | undefined;
  /** The ISO code of the country that was chosen. */
  region?: string | undefined;
  error?: string | undefined;
  /** The invite code that is redeemed when a new person signs up. */
  inviteCode?: string | undefined;
  /** Whether the inviter will see the number in full. */
  invitedPhonesFull: boolean;
}

/** The page `/` (and `/i/CODE`), which asks for a phone number. */
export function PhoneView(props: PhoneProps) {
  const { language, phone, regions, region, error, inviteCode, invitedPhonesFull } = props;
  const words = pageWords[language];
  const title = inviteCode ? words.invitedTitle : words.phoneTitle;
  return (
    <Layout
      language={language}
      title={title}
      path="/"
      hasError={!!error}
      preview={inviteCode && words.invitedPreview(inviteCode)}
    >
      <Pass
        eyebrow={inviteCode ? words.invitedEyebrow : words.phoneEyebrow}
        title={title}
        stub={inviteCode ? <TicketCode code={inviteCode} /> : <p class="lead">{words.phoneLead}</p>}
      >
        <ErrorSummary language={language} errors={error ? [{ field: 'phone_number', text: error }] : []} />
        {inviteCode && (
          <p>
            {words.invitedText} {invitedPhonesFull ? words.invitedFull : words.invitedMasked}
          </p>
        )}
        <form method="post" action="/" novalidate>
          <Field
            language={language}
            id="phone_number"
            label={words.phoneLabel}
            hint={words.phoneHint}
            error={error}
            value={phone}
            input={{ type: 'tel', autocomplete: 'tel', class: 'big', dir: 'ltr' }}
          />
          {regions && <RegionChoice language={language} regions={regions} region={region} />}
          <Button>{words.sendCode}</Button>
        </form>
        <p class="hint">{inviteCode ? words.phoneLead : words.newHere}</p>
      </Pass>
    </Layout>
  );
}

interface RegionChoiceProps {
  language: Language;
  regions: readonly Region[];
  region: string | undefined;
}

function RegionChoice({ language, regions, region }: RegionChoiceProps) {
  const words = pageWords[language];
  return (
    <div class="field">
      <label for="region_code">{words.regionLabel}</label>
      <select id="region_code" name="region_code" autocomplete="country">
        <option value="">{words.regionNone}</option>
        {regions.map(({ code, name, callingCode }) => (
          <option key={code} value={code} selected={code === region}>
            {`${name} (+${callingCode})`}
          </option>
        ))}
      </select>
    </div>
  );
}
