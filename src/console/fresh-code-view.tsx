import { Button, ErrorSummary, Notice } from '../http/form.tsx';
import { HiddenFields } from '../http/problem-view.tsx';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import { fill } from '../kit/text.ts';
import type { ActForm } from './act-form.ts';
import { ConfirmView } from './confirm-view.tsx';
import { ConsoleLayout } from './layout.tsx';
import { CodeField, DevMessage } from './sign-in-view.tsx';
import type { Visit } from './visit.ts';

/** The props of the page of a fresh code. */
export interface FreshCodeProps {
  visit: Visit;
  /** The act that waits for the code; its fields stay in the body. */
  form: ActForm;
  /** Whether a code is on its way. */
  isSent?: boolean;
  error?: string | undefined;
  devMessage?: string | undefined;
}

/** The page that asks an operator for a code to their own number before an act. */
export function FreshCodeView({ visit, form, isSent, error, devMessage }: FreshCodeProps) {
  const { words, base, language, phoneNumber } = visit;
  const { fresh } = words;
  const number = maskPhoneNumber(phoneNumber);
  return (
    <ConsoleLayout reader={visit} title={fresh.title} hasError={!!error}>
      <div class="sheet narrow">
        <ErrorSummary language={language} errors={error ? [{ field: 'sms_code', text: error }] : []} />
        <p>{fresh.lead}</p>
        {isSent && (
          <>
            <Notice>{fill(fresh.codeLead, { number })}</Notice>
            <form method="post" action={`${base}/fresh/code/`}>
              <HiddenFields fields={carriedFields(form)} />
              <CodeField reader={visit} error={error} />
              <Button>{fresh.enter}</Button>
            </form>
          </>
        )}
        <div class="links">
          <form method="post" action={`${base}/fresh/`}>
            <HiddenFields fields={carriedFields(form)} />
            <button class={isSent ? 'link' : 'button'} type="submit">
              {isSent ? words.signIn.again : fill(fresh.send, { number })}
            </button>
          </form>
          <a href={base + form.back}>{fresh.cancel}</a>
        </div>
        <DevMessage reader={visit} text={devMessage} />
      </div>
    </ConsoleLayout>
  );
}

/** The page after a fresh code, whose button does the act that waited. */
export function ContinueView({ visit, form }: { visit: Visit; form: ActForm }) {
  const { confirmed, continueLead, continueFile } = visit.words.fresh;
  const text = form.path.endsWith('/export/') ? continueFile : continueLead;
  return <ConfirmView visit={visit} form={form} title={confirmed} text={text} />;
}

function carriedFields(form: ActForm): [string, string][] {
  return [['act', JSON.stringify(form)]];
}

/** A file is not carried through the pages of a fresh code, so that the code comes before the form. */
export function FreshCodeFirst({
  visit,
  path,
  back,
  lead,
}: {
  visit: Visit;
  path: string;
  back: string;
  lead: string;
}) {
  const { words, base, phoneNumber } = visit;
  return (
    <form method="post" action={`${base}/fresh/`}>
      <HiddenFields fields={[['act', JSON.stringify({ path, back, fields: {} })]]} />
      <p>{lead}</p>
      <Button>{fill(words.fresh.send, { number: maskPhoneNumber(phoneNumber) })}</Button>
    </form>
  );
}
