import type { InputHTMLAttributes, ReactElement } from 'react';

/** An `input` with every attribute of its own, and with what a number needs. */
export type PhoneFieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>;

/** A field for a phone number, which browsers fill in. It has no style; give it a `label` by its `id`. */
export function PhoneField(props: PhoneFieldProps): ReactElement {
  return <input name="phone_number" autoComplete="tel" inputMode="tel" required dir="ltr" {...props} type="tel" />;
}
