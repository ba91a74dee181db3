import { Button, Field } from '../http/form.tsx';
import { HiddenFields } from '../http/problem-view.tsx';
import type { ActForm } from './act-form.ts';
import { ConsoleLayout, type Section } from './layout.tsx';
import type { Visit } from './visit.ts';

/** The props of the page before an act. */
export interface ConfirmProps {
  visit: Visit;
  form: ActForm;
  title: string;
  text: string;
  /** The section that the page belongs to. */
  section?: Section;
  /** Whether the page asks for a reason. */
  asksReason?: boolean;
}

/** The page that asks before an act that cannot be undone, or for its reason. */
export function ConfirmView({ visit, form, title, text, section, asksReason }: ConfirmProps) {
  const { words, base } = visit;
  return (
    <ConsoleLayout reader={visit} title={title} section={section}>
      <div class="sheet narrow">
        <p>{text}</p>
        <form method="post" action={base + form.path}>
          <HiddenFields fields={Object.entries(form.fields)} />
          {asksReason && <ReasonField visit={visit} />}
          <Button look="danger">{words.form.yes}</Button>
        </form>
        <p>
          <a href={base + form.back}>{words.fresh.cancel}</a>
        </p>
      </div>
    </ConsoleLayout>
  );
}

/** The field of a reason, which the audit trail keeps. */
export function ReasonField({
  visit: { words, language },
  id = 'reason',
  value,
}: {
  visit: Visit;
  id?: string;
  value?: string;
}) {
  return (
    <Field
      language={language}
      id={id}
      label={words.form.reason}
      hint={words.form.reasonHint}
      value={value}
      input={{ name: 'reason', required: true, maxLength: 500, autocomplete: 'off' }}
    />
  );
}
