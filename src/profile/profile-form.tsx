import type { JSX } from 'preact';
import { Button, Field } from '../http/form.tsx';
import type { Language } from '../kit/language.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageMessages } from './page-messages.ts';
import { type ProfileField, profileFields } from './profile.ts';

/** The values of the fields; an empty string for an empty field. */
export type ProfileValues = Record<ProfileField, string>;

/** The error of each field. */
export type ProfileErrors = { readonly [field in ProfileField]?: string | undefined };

/** The section that edits the profile. */
export function ProfileForm({ language, account, values, errors }: ProfileFormProps) {
  const words = pageMessages[language];
  return (
    <section class="paper" id="profile" aria-labelledby="profile-title">
      <h2 id="profile-title">{words.profileTitle}</h2>
      <p class="hint">{words.profileHint}</p>
      <form method="post" action="/account/profile" novalidate>
        <AccountField account={account} />
        {profileFields.map((field) => (
          <Field
            key={field}
            language={language}
            id={field}
            label={words[field]}
            hint={field === 'first_name' ? words.firstNameHint : undefined}
            value={values[field]}
            error={errors[field]}
            input={inputs[field]}
          />
        ))}
        <Button>{words.save}</Button>
      </form>
    </section>
  );
}

interface ProfileFormProps {
  language: Language;
  account: string;
  values: ProfileValues;
  errors: ProfileErrors;
}

const inputs: Record<ProfileField, JSX.IntrinsicElements['input']> = {
  username: { autocomplete: 'username', autocapitalize: 'none', spellcheck: false },
  first_name: { autocomplete: 'given-name' },
  last_name: { autocomplete: 'family-name' },
  email: { type: 'email', autocomplete: 'email' },
};
