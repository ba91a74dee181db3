import { Button, ErrorSummary, Field, Notice } from '../http/form.tsx';
import { fill } from '../kit/text.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import type { Reader } from './visit.ts';

/** The page for the number of an operator. */
export function NumberView({
  reader,
  value,
  error,
  notice,
}: {
  reader: Reader;
  value?: string | undefined;
  error?: string | undefined;
  notice?: string | undefined;
}) {
  const { words, base, language } = reader;
  const { signIn } = words;
  return (
    <ConsoleLayout reader={reader} title={signIn.title} hasError={!!error}>
      <div class="sheet narrow">
        {notice && <Notice>{notice}</Notice>}
        <ErrorSummary language={language} errors={error ? [{ field: 'phone_number', text: error }] : []} />
        <p>{signIn.lead}</p>
        <form method="post" action={`${base}/sign-in/`}>
          <Field
            language={language}
            id="phone_number"
            label={signIn.number}
            error={error}
            value={value}
            input={{ type: 'tel', autocomplete: 'tel', required: true, maxLength: 40 }}
          />
          <Button>{signIn.send}</Button>
        </form>
      </div>
    </ConsoleLayout>
  );
}

/** The props of the page for a code. */
export interface CodeViewProps {
  reader: Reader;
  /** The number as the reader knows it. */
  number: string;
  error?: string | undefined;
  notice?: string | undefined;
  devMessage?: string | undefined;
}

/** The page for the code. */
export function CodeView({ reader, number, error, notice, devMessage }: CodeViewProps) {
  const { words, base, language } = reader;
  const { signIn } = words;
  return (
    <ConsoleLayout reader={reader} title={signIn.codeTitle} hasError={!!error}>
      <div class="sheet narrow">
        {notice && <Notice>{notice}</Notice>}
        <ErrorSummary language={language} errors={error ? [{ field: 'sms_code', text: error }] : []} />
        <p>{fill(signIn.codeLead, { number })}</p>
        <form method="post" action={`${base}/sign-in/code/`}>
          <CodeField reader={reader} error={error} />
          <Button>{signIn.enter}</Button>
        </form>
        <div class="links">
          <form method="post" action={`${base}/sign-in/again/`}>
            <button class="link" type="submit">
              {signIn.again}
            </button>
          </form>
          <a href={`${base}/sign-in/`}>{signIn.otherNumber}</a>
        </div>
        <DevMessage reader={reader} text={devMessage} />
      </div>
    </ConsoleLayout>
  );
}

/** The field of a code. */
export function CodeField({ reader, error }: { reader: Reader; error?: string | undefined }) {
  return (
    <Field
      language={reader.language}
      id="sms_code"
      label={reader.words.signIn.code}
      error={error}
      input={{ inputMode: 'numeric', autocomplete: 'one-time-code', required: true, maxLength: 200 }}
    />
  );
}

/** The message with the code, in development alone. */
export function DevMessage({ reader, text }: { reader: Reader; text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <aside aria-label={reader.words.signIn.devMessage}>
      <p class="hint">{reader.words.signIn.devMessage}</p>
      <p class="bubble">
        <Shown text={text} />
      </p>
    </aside>
  );
}

/** The page of a link, whose button uses it up: opening a link does nothing, since a preview may open it, too. */
export function LinkView({ reader, token, error }: { reader: Reader; token: string; error?: string | undefined }) {
  const { words, base, language } = reader;
  const { signIn } = words;
  return (
    <ConsoleLayout reader={reader} title={signIn.linkTitle} hasError={!!error}>
      <div class="sheet narrow">
        <ErrorSummary language={language} errors={error ? [{ field: 'main', text: error }] : []} />
        {!error && (
          <form method="post" action={`${base}/link/`}>
            <input type="hidden" name="token" value={token} />
            <p>{signIn.linkLead}</p>
            <Button>{signIn.enter}</Button>
          </form>
        )}
        {error && (
          <p>
            <a href={`${base}/sign-in/`}>{signIn.title}</a>
          </p>
        )}
      </div>
    </ConsoleLayout>
  );
}
