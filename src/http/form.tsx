import type { ComponentChildren, JSX } from 'preact';
import type { Language } from '../kit/language.ts';
import { pageMessages } from './page-messages.ts';

/** A field to correct: its id and the sentence. */
export interface FieldError {
  field: string;
  text: string;
}

/** A sentence whose phone numbers are not broken at their spaces and hyphens. */
function withWholeNumbers(text: string): string {
  return text.replace(/\+\d[\d -]*\d/g, (number) => number.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011'));
}

/** All fields to correct on the page, each a link to its field; nothing if there are none. */
export function ErrorSummary({ language, errors }: { language: Language; errors: readonly FieldError[] }) {
  if (errors.length === 0) return null;
  return (
    <div class="summary" role="alert" tabIndex={-1} aria-labelledby="summary-title">
      <h2 id="summary-title">{pageMessages[language].summary}</h2>
      <ul>
        {errors.map(({ field, text }) => (
          <li key={field}>
            <a href={`#${field}`}>{withWholeNumbers(text)}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A field of a form. `id` is also its name; hint and error are read out with it. */
export interface FieldProps {
  language: Language;
  id: string;
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  value?: string | undefined;
  input?: JSX.IntrinsicElements['input'];
}

/** A label, its hint, its error and an input that keeps what was typed. */
export function Field({ language, id, label, hint, error, value, input }: FieldProps) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <FieldErrorText language={language} id={id} error={error} />
      <input
        type="text"
        name={id}
        {...input}
        id={id}
        value={value ?? ''}
        aria-describedby={described || undefined}
        aria-invalid={error ? 'true' : undefined}
      />
    </div>
  );
}

/** The error beside a field, with a word for those who do not see its colour. */
export function FieldErrorText({
  language,
  id,
  error,
}: {
  language: Language;
  id: string;
  error?: string | undefined;
}) {
  if (!error) return null;
  return (
    <p class="wrong" id={`${id}-error`}>
      <span class="sr">{pageMessages[language].error} </span>
      {withWholeNumbers(error)}
    </p>
  );
}

/** A button that submits its form; `plain` for the second choice, `danger` for irreversible actions. */
export function Button({ look, children }: { look?: 'plain' | 'danger'; children: ComponentChildren }) {
  return (
    <button class={look ? `button ${look}` : 'button'} type="submit">
      {children}
    </button>
  );
}

/** The confirmation of an action, announced without taking the focus (WCAG 4.1.3). */
export function Notice({ children }: { children: ComponentChildren }) {
  return (
    <p class="notice" role="status">
      {children}
    </p>
  );
}
