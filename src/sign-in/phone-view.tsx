import { Card } from '../http/card.tsx';
import { Button, ErrorSummary, Field, Notice } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { pageMessages as inviteWords } from '../invites/page-messages.ts';
import { TicketCode } from '../invites/views.tsx';
import type { Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import { pageMessages } from './page-messages.ts';

/** A country in the list: `code` as in ISO 3166-1, `callingCode` without a plus. */
export interface Region {
  code: string;
  name: string;
  callingCode: string;
}

/** The props of the number page. */
export interface PhoneProps {
  language: Language;
  /** The path of this page. */
  path: string;
  /** The submitted text, unchanged. */
  phone?: string | undefined;
  /** The countries to choose from; only if the number needs one. */
  regions?: readonly Region[] | undefined;
  /** The ISO code of the chosen country. */
  region?: string | undefined;
  error?: string | undefined;
  /** The invite that a new person redeems by signing up: its code, and the text of `rememberInvite`. */
  invite?: { code: string; text: string } | undefined;
  /** The reason for which the opened link does not invite anyone. */
  brokenInvite?: string | undefined;
  /** Whether the inviter will see the number in full. */
  invitedPhonesFull: boolean;
  notice?: string | undefined;
}

/** The page `/` (and `/i/CODE`), which asks for a phone number. */
export function PhoneView(props: PhoneProps) {
  const { language, path, error, invite, brokenInvite, invitedPhonesFull, notice } = props;
  const words = pageMessages[language];
  const title = invite ? words.invitedTitle : brokenInvite ? inviteWords[language].brokenTitle : words.phoneTitle;
  return (
    <Layout
      language={language}
      title={title}
      path={path}
      hasError={!!error}
      preview={invite && fill(words.invitedPreview, { code: invite.code })}
    >
      <Card
        eyebrow={invite ? words.invitedEyebrow : words.phoneEyebrow}
        title={title}
        stub={
          invite ? (
            <TicketCode code={invite.code} />
          ) : (
            <p class="lead">{brokenInvite ? brokenInvite : words.phoneLead}</p>
          )
        }
      >
        <ErrorSummary language={language} errors={error ? [{ field: 'phone_number', text: error }] : []} />
        {notice && <Notice>{notice}</Notice>}
        {invite && (
          <p>
            {words.invitedText} {invitedPhonesFull ? words.invitedFull : words.invitedMasked}
          </p>
        )}
        {brokenInvite && <p>{words.brokenText}</p>}
        <NumberForm {...props} />
        <p class="hint">{invite ? words.phoneLead : words.newHere}</p>
      </Card>
    </Layout>
  );
}

function NumberForm({ language, phone, regions, region, error, invite }: PhoneProps) {
  const words = pageMessages[language];
  return (
    <form method="post" action="/" novalidate>
      <input type="hidden" name="invite" value={invite?.text ?? ''} />
      <input type="hidden" name="cookies" value="1" />
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
      {invite && (
        <button class="button plain" type="submit" name="without_invite" value="1">
          {words.withoutInvite}
        </button>
      )}
    </form>
  );
}

interface RegionChoiceProps {
  language: Language;
  regions: readonly Region[];
  region: string | undefined;
}

function RegionChoice({ language, regions, region }: RegionChoiceProps) {
  const words = pageMessages[language];
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
