import { useSite } from '../http/branding.ts';
import { Button, Field } from '../http/form.tsx';
import { LinkedText, OptionalLink } from '../http/linked-text-view.tsx';
import { Phone } from '../http/phone.tsx';
import type { Language } from '../kit/language.ts';
import type { Region } from '../kit/regions.ts';
import type { CountryChoice } from './country-choice.ts';
import { pageMessages } from './page-messages.ts';

/** The props of the form of the number. */
export interface NumberFormProps {
  language: Language;
  /** The submitted text, unchanged. */
  phone?: string | undefined;
  /** Undefined if no country is served. */
  choice: CountryChoice | undefined;
  error?: string | undefined;
  /** The invite that a new person redeems by signing up: its code, and the text of `rememberInvite`. */
  invite?: { code: string; text: string } | undefined;
}

/** The form of the number with its country. The button for the complete list follows, so that Enter requests a code. */
export function NumberForm({ language, phone, choice, error, invite }: NumberFormProps) {
  const words = pageMessages[language];
  return (
    <form method="post" action="/" novalidate>
      <HiddenState invite={invite} />
      <div class="number">
        {choice && <CountryField language={language} choice={choice} />}
        <Field
          language={language}
          id="phone_number"
          label={words.phoneLabel}
          error={error}
          value={phone}
          input={{ type: 'tel', autocomplete: 'tel', class: 'big', dir: 'ltr', enterkeyhint: 'send' }}
        />
      </div>
      <Button>{words.sendCode}</Button>
      <Agreement language={language} />
      {choice && !choice.isComplete && (
        <button class="link unscripted" type="submit" formaction="/countries/">
          {words.otherCountry}
        </button>
      )}
      {invite && (
        <button class="button plain" type="submit" name="without_invite" value="1">
          {words.withoutInvite}
        </button>
      )}
    </form>
  );
}

/** The documents of the operator that a person accepts by the button above; nothing if there are none. */
function Agreement({ language }: { language: Language }) {
  const { terms, privacy } = useSite().brand.links;
  const words = pageMessages[language];
  if (!terms && !privacy) return null;
  const parts = {
    terms: <OptionalLink href={terms} text={words.termsLink} />,
    privacy: <OptionalLink href={privacy} text={words.privacyLink} />,
  };
  const text = words.agreement[terms && privacy ? 'both' : terms ? 'terms' : 'privacy'];
  return (
    <p class="hint">
      <LinkedText text={text} parts={parts} />
    </p>
  );
}

function HiddenState({ invite }: Pick<NumberFormProps, 'invite'>) {
  return (
    <>
      <input type="hidden" name="invite" value={invite?.text ?? ''} />
      <input type="hidden" name="cookies" value="1" />
    </>
  );
}

/** A list that the script of the page replaces by one that can be searched, and completes when it is opened. */
function CountryField({ language, choice }: { language: Language; choice: CountryChoice }) {
  const words = pageMessages[language];
  return (
    <div class="field country">
      <label for="region_code" id="country-label">
        {words.regionLabel}
      </label>
      <select id="region_code" name="region_code" data-list={`/countries/${language}`} data-none={words.noCountry}>
        {choice.countries.map((country) => (
          <CountryOption key={country.code} country={country} isSelected={country === choice.selected} />
        ))}
      </select>
    </div>
  );
}

function CountryOption({ country, isSelected }: { country: Region; isSelected: boolean }) {
  const { code, name, callingCode } = country;
  return (
    <option value={code} selected={isSelected} data-country={isSelected ? JSON.stringify(toEntry(country)) : undefined}>
      {`${name} +${callingCode}`}
    </option>
  );
}

/** A country as the script of the page takes it. */
export function toEntry({ code, name, callingCode, pattern, trunkPattern, isMain, leadingDigits }: Region) {
  const entry = [code, name, callingCode, pattern, trunkPattern, isMain ? 1 : 0] as const;
  return leadingDigits === undefined ? entry : ([...entry, leadingDigits] as const);
}

/** The form in which a person chooses between two readings of one text. */
export function ReadingsForm({ language, readings, invite }: ReadingsProps) {
  return (
    <form id="readings" method="post" action="/" aria-label={pageMessages[language].twoReadings}>
      <HiddenState invite={invite} />
      {readings.map(({ number, formatted, country }) => (
        <button key={number} class="button plain" type="submit" name="phone_number" value={number}>
          <Phone number={formatted} /> {country}
        </button>
      ))}
    </form>
  );
}

/** The readings of a text: each a number, as people write it, and the name of its country. */
export interface ReadingsProps extends Pick<NumberFormProps, 'language' | 'invite'> {
  readings: readonly { number: string; formatted: string; country: string }[];
}
