import { type InputHTMLAttributes, type ReactElement, useEffect, useRef } from 'react';

/** An `input` with every attribute of its own but those that the field decides. */
export type CodeFieldProps = Omit<
  InputHTMLAttributes<HTMLInputElement>,
  'type' | 'value' | 'onChange' | 'onSubmit' | 'maxLength'
> & {
  readonly value: string;
  readonly onValue: (code: string) => void;
  /** The digits of the code: with the last one it is submitted, once. */
  readonly length: number;
  readonly onComplete?: (code: string) => void;
  /** The sentence under the field, such as an error. Screen readers say it when it changes. */
  readonly message?: string | undefined;
};

/**
 * A field for a one-time code, which takes the code of the SMS: by autofill, by WebOTP where there is, by pasting the whole
 * message. It has no style.
 */
export function CodeField({ value, onValue, length, onComplete, message, id = 'sms_code', ...props }: CodeFieldProps) {
  const submitted = useRef('');
  const take = (text: string) => {
    const code = findCode(text, length);
    onValue(code);
    if (code.length < length) submitted.current = '';
    else if (submitted.current !== code) {
      submitted.current = code;
      onComplete?.(code);
    }
  };
  useWebOtp(take);
  return (
    <>
      <input
        name="sms_code"
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        dir="ltr"
        {...props}
        id={id}
        type="text"
        aria-invalid={message ? true : undefined}
        aria-describedby={`${id}-message`}
        value={value}
        onChange={(event) => take(event.target.value)}
      />
      <output id={`${id}-message`} htmlFor={id} aria-live="polite">
        {message}
      </output>
    </>
  ) satisfies ReactElement;
}

/** The code in a text: the run of digits of that length, if a message was pasted, and else all digits. */
export function findCode(text: string, length: number): string {
  const exact = new RegExp(`(?<!\\d)\\d{${length}}(?!\\d)`).exec(text)?.[0];
  return exact ?? text.replace(/\D/g, '').slice(0, length);
}

/** Reads the SMS by WebOTP until the field is gone. The browser asks the person first. */
function useWebOtp(take: (code: string) => void): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    if (!('OTPCredential' in globalThis)) return;
    const aborter = new AbortController();
    const wish: CredentialRequestOptions & { otp: object } = { otp: { transport: ['sms'] }, signal: aborter.signal };
    navigator.credentials.get(wish).then(
      (found) => {
        if (found && 'code' in found && typeof found.code === 'string') latest.current(found.code);
      },
      // the person declined, or the field is gone
      () => undefined,
    );
    return () => aborter.abort();
  }, []);
}
